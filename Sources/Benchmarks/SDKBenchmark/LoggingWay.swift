internal import ArgumentParser
internal import Hindcast

/// The ways to log an event that the SDK has. A way is a type, so that each command's loop is compiled for it alone. Another
/// one is a type beside `DictionaryLiteral`, a case, and a line in `run`; the scripts name it with `--way`.
enum LoggingWay: String, ExpressibleByArgument, CaseIterable {
  /// Names and values as dictionary literals.
  case literal

  func run(_ body: some LoggingBody) throws {
    switch self {
    case .literal: try body.run(with: DictionaryLiteral.self)
    }
  }
}

/// What a command does, for any way.
protocol LoggingBody {
  func run<Way: EventLogging>(with way: Way.Type) throws
}

protocol EventLogging: Sendable {
  init(_ client: HindcastClient)
  func log(_ event: Event)
}

/// As the README shows it.
struct DictionaryLiteral: EventLogging {
  private let logger: ModelLogger

  init(_ client: HindcastClient) {
    logger = client.logger(model: "fraud", version: "2026-11-01")
  }

  @inline(__always)
  func log(_ event: Event) {
    logger.log(
      features: [
        "amount": .double(event.amount), "balance": .double(event.balance),
        "average_30d": .double(event.average30Days), "amount_ratio": .double(event.amountRatio),
        "hours_since_last": .double(event.hoursSinceLast), "distance_km": .double(event.distanceKilometres),
        "velocity_1h": .double(event.velocity1Hour), "velocity_24h": .double(event.velocity24Hours),
        "device_risk": .double(event.deviceRisk), "address_risk": .double(event.addressRisk),
        "merchant_risk": .double(event.merchantRisk), "account_age_days": .double(event.accountAgeDays),
        "income": .double(event.income),
        "hour": .int(event.hour), "transactions_24h": .int(event.transactions24Hours),
        "merchant_category": .int(event.merchantCategory), "failed_attempts": .int(event.failedAttempts),
        "card_prefix": .int(event.cardPrefix), "account": .int(event.account),
        "card_issued": .timestamp(event.cardIssued), "similarity": .float(event.similarity),
        "card_present": .bool(event.isCardPresent), "is_foreign": .bool(event.isForeign),
        "is_recurring": .bool(event.isRecurring),
        "country": .string(event.country), "currency": .string(event.currency), "channel": .string(event.channel),
        "merchant": .string(event.merchant), "city": .string(event.city), "session": .string(event.session),
      ],
      outputs: ["score": .double(event.score), "label": .bool(event.label)])
  }
}
