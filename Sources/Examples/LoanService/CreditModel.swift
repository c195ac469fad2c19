#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The model that is in production: a logistic regression, fitted once and not changed since.
///
/// The logarithm of the odds of a default is a sum of one term a feature. A coefficient of 0.69 doubles the odds.
///
/// | feature | term |
/// |---|---|
/// | (everybody) | -2.55 |
/// | income | -0.80 for each factor of e over 28,000 euros; not given +0.30 |
/// | amount | +0.35 for each factor of e over 9,000 euros |
/// | term | +0.10 for each year over 3 |
/// | purpose | business +0.45, medical +0.30, debts +0.20, car -0.15, home -0.25 |
/// | employment | -0.07 for each year, up to 15; none +0.35 |
/// | age | -0.018 for each year over 40 |
/// | debt ratio | +3.8 for each 1.00 over 0.32 |
/// | utilisation | +1.9 for each 1.00 over 0.40 |
/// | region | alentejo +0.15, lisboa -0.10 |
/// | home | rent +0.15, own -0.30 |
/// | credit history | -0.05 for each year, up to 15; none +0.35 |
/// | previous defaults | +0.95 each, up to 3 |
/// | repeat customer | -0.50 |
/// | device | android +0.05, desktop -0.05 |
///
/// A purpose or region that it has never seen adds nothing: that is how such models go quietly wrong.
enum CreditModel {
  /// Applications at or above this probability are predicted to default.
  static let threshold = 0.2

  static func probabilityOfDefault(_ application: LoanApplication) -> Double {
    logistic(logOdds(application))
  }

  static func logOdds(_ application: LoanApplication) -> Double {
    var sum = -2.55
    sum += application.income.map { -0.80 * log($0 / 28_000) } ?? 0.30
    sum += 0.35 * log(Double(application.amount) / 9_000)
    sum += 0.10 * Double(application.termMonths - 36) / 12
    sum += application.employmentYears.map { -0.07 * (min($0, 15) - 5) } ?? 0.35
    sum -= 0.018 * Double(application.age - 40)
    sum += 3.8 * (application.debtRatio - 0.32)
    sum += 1.9 * (application.utilisation - 0.40)
    sum += application.creditHistoryMonths.map { -0.05 * (min(Double($0) / 12, 15) - 8) } ?? 0.35
    sum += 0.95 * Double(min(application.previousDefaults, 3))
    if application.isRepeatCustomer { sum -= 0.50 }
    return sum + categories(application)
  }

  private static func categories(_ application: LoanApplication) -> Double {
    let purpose: Double =
      switch application.purpose {
      case .business: 0.45
      case .medical: 0.30
      case .debts: 0.20
      case .car: -0.15
      case .home: -0.25
      case .education, .solar: 0
      }
    let region: Double =
      switch application.region {
      case .alentejo: 0.15
      case .lisboa: -0.10
      case .norte, .centro, .algarve, .acores: 0
      }
    let home: Double =
      switch application.homeOwnership {
      case .rent: 0.15
      case .own: -0.30
      case .mortgage, .family: 0
      }
    let device: Double =
      switch application.device {
      case .android: 0.05
      case .desktop: -0.05
      case .ios, nil: 0
      }
    return purpose + region + home + device
  }

  static func logistic(_ logOdds: Double) -> Double { 1 / (1 + exp(-logOdds)) }
}
