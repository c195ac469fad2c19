import Hindcast

/// What becomes of a loan, and when the lender knows it.
struct Outcome: Sendable {
  var reference: String
  var hasDefaulted: Bool
  /// When it is known.
  var time: Timestamp
}

/// The truth, which no model sees: draws each loan's outcome with a probability of its own.
///
/// At first the odds of a default are those of the model, blurred by what cannot be observed. When the world drifts, what
/// decides changes: incomes and old debts say less, whoever pays a mortgage feels the rates, and the new region and the
/// new purpose turn out risky. The model's ranking is worse from then on, which shows only when outcomes are joined.
struct Outcomes: Sendable {
  var seed: UInt64

  /// Of nine loans one is never heard of again: withdrawn, refinanced elsewhere, sold.
  static let arrivingShare = 0.89
  /// Outcomes are known so long after the application.
  static let delayInDays = 30.0...90.0

  /// nil: never known.
  func outcome(of application: LoanApplication, _ index: Int) -> Outcome? {
    var random = SeededRandom(seed: ~seed, event: index)
    let hidden = 0.3 * random.normal()
    let probability = CreditModel.logistic(logOdds(application) + hidden)
    let hasDefaulted = random.chance(probability)
    guard random.chance(Self.arrivingShare) else { return nil }
    let share = random.unit()
    let delay = Self.delayInDays.lowerBound * (1 - share) + Self.delayInDays.upperBound * share
    let time = SimulatedTime.after(days: SimulatedTime.days(to: application.time) + delay)
    return Outcome(reference: application.reference, hasDefaulted: hasDefaulted, time: time)
  }

  private func logOdds(_ application: LoanApplication) -> Double {
    let drift = SimulatedTime.drift(at: application.time)
    let before = CreditModel.logOdds(application)
    return drift == 0 ? before : (1 - drift) * before + drift * logOddsAfterDrift(application)
  }

  private func logOddsAfterDrift(_ application: LoanApplication) -> Double {
    var sum = -2.0 + 0.68 * (CreditModel.logOdds(application) + 1.8)
    if application.homeOwnership == .mortgage { sum += 0.6 }
    if application.purpose == .solar { sum += 0.9 }
    if application.region == .acores { sum += 0.9 }
    if application.isRepeatCustomer { sum += 0.4 }
    return sum
  }
}
