internal import ArgumentParser
internal import Hindcast

/// The ways to log an event that the SDK has. A way is a type, so that each command's loop is compiled for it alone. Another
/// one is a type beside `DictionaryLiteral`, a case, and a line in `run`; the scripts name it with `--way`.
enum LoggingWay: String, ExpressibleByArgument, CaseIterable {
  /// Names and values as dictionary literals.
  case literal
  /// A schema that was declared.
  case typed

  func run(_ body: some LoggingBody) throws {
    switch self {
    case .literal: try body.run(with: DictionaryLiteral.self)
    case .typed: try body.run(with: TypedRow.self)
    }
  }
}

/// What a command does, for any way.
protocol LoggingBody {
  func run<Way: EventLogging>(with way: Way.Type) throws
}

protocol EventLogging: Sendable {
  init(_ client: HindcastClient)
  func log(_ event: UnsafePointer<Event>)
}

/// As the README shows it.
struct DictionaryLiteral: EventLogging {
  private let logger: ModelLogger

  init(_ client: HindcastClient) {
    logger = client.logger(model: "fraud", version: "2026-11-01")
  }

  @inline(__always)
  func log(_ event: UnsafePointer<Event>) {
    logger.log(
      features: [
        "amount": .double(event.pointee.amount), "balance": .double(event.pointee.balance),
        "average_30d": .double(event.pointee.average30Days), "amount_ratio": .double(event.pointee.amountRatio),
        "hours_since_last": .double(event.pointee.hoursSinceLast),
        "distance_km": .double(event.pointee.distanceKilometres),
        "velocity_1h": .double(event.pointee.velocity1Hour), "velocity_24h": .double(event.pointee.velocity24Hours),
        "device_risk": .double(event.pointee.deviceRisk), "address_risk": .double(event.pointee.addressRisk),
        "merchant_risk": .double(event.pointee.merchantRisk), "account_age_days": .double(event.pointee.accountAgeDays),
        "income": .double(event.pointee.income),
        "hour": .int(event.pointee.hour), "transactions_24h": .int(event.pointee.transactions24Hours),
        "merchant_category": .int(event.pointee.merchantCategory),
        "failed_attempts": .int(event.pointee.failedAttempts),
        "card_prefix": .int(event.pointee.cardPrefix), "account": .int(event.pointee.account),
        "card_issued": .timestamp(event.pointee.cardIssued), "similarity": .float(event.pointee.similarity),
        "card_present": .bool(event.pointee.isCardPresent), "is_foreign": .bool(event.pointee.isForeign),
        "is_recurring": .bool(event.pointee.isRecurring),
        "country": .string(event.pointee.country), "currency": .string(event.pointee.currency),
        "channel": .string(event.pointee.channel),
        "merchant": .string(event.pointee.merchant), "city": .string(event.pointee.city),
        "session": .string(event.pointee.session),
      ],
      outputs: ["score": .double(event.pointee.score), "label": .bool(event.pointee.label)])
  }
}
