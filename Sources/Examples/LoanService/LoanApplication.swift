import Hindcast

/// What the service is asked to score.
struct LoanApplication: Sendable {
  /// The lender's name for it. The outcome comes with it months later, from another system.
  var reference: String
  var time: Timestamp

  /// Euros a year; nil: not given.
  var income: Double?
  /// Euros.
  var amount: Int
  var termMonths: Int
  var purpose: Purpose
  /// With the present employer; nil: not employed.
  var employmentYears: Double?
  var age: Int
  /// Monthly payments on all debts, over monthly income.
  var debtRatio: Double
  /// Share of the credit lines that is used.
  var utilisation: Double
  var region: Region
  var homeOwnership: HomeOwnership
  /// nil: never had a loan or a card.
  var creditHistoryMonths: Int?
  var previousDefaults: Int
  var isRepeatCustomer: Bool
  /// nil: handed in at a branch.
  var device: Device?

  /// Which variant of the form the applicant saw; not known to the model.
  var experiment: Experiment
}

extension LoanApplication {
  /// Cases are spelt as they are logged.
  enum Purpose: String {
    case car, debts, home, education, medical, business
    /// New with a subsidy, after the model was fitted.
    case solar
  }

  enum Region: String {
    case norte, centro, lisboa, alentejo, algarve
    /// Where the lender opens branches after the model was fitted.
    case acores = "açores"
  }

  enum HomeOwnership: String { case rent, own, mortgage, family }
  enum Device: String { case ios, android, desktop }
  enum Experiment: String { case control, treatment }
}

extension LoanApplication {
  /// The model's inputs, as they are logged: always all of them and in one order, nulls where something is not known.
  var features: Fields {
    [
      "income": .double(income), "amount": .int(amount), "term_months": .int(termMonths),
      "purpose": .string(purpose.rawValue), "employment_years": .double(employmentYears), "age": .int(age),
      "debt_ratio": .double(debtRatio), "utilisation": .double(utilisation), "region": .string(region.rawValue),
      "home_ownership": .string(homeOwnership.rawValue), "credit_history_months": .int(creditHistoryMonths),
      "previous_defaults": .int(previousDefaults), "is_repeat_customer": .bool(isRepeatCustomer),
      "device": .string(device?.rawValue),
    ]
  }

  /// What the model is not given, but its results are sliced by.
  var tags: Fields { ["experiment": .string(experiment.rawValue)] }
}
