internal import Hindcast

/// The fields of `Event`, declared once.
struct EventFields: Sendable {
  let schema = EventSchema()
  let amount: Field<Double>
  let balance: Field<Double>
  let average30Days: Field<Double>
  let amountRatio: Field<Double>
  let hoursSinceLast: Field<Double>
  let distanceKilometres: Field<Double>
  let velocity1Hour: Field<Double>
  let velocity24Hours: Field<Double>
  let deviceRisk: Field<Double>
  let addressRisk: Field<Double>
  let merchantRisk: Field<Double>
  let accountAgeDays: Field<Double>
  let income: Field<Double>
  let hour: Field<Int>
  let transactions24Hours: Field<Int>
  let merchantCategory: Field<Int>
  let failedAttempts: Field<Int>
  let cardPrefix: Field<Int>
  let account: Field<Int>
  let cardIssued: Field<Timestamp>
  let similarity: Field<Float>
  let isCardPresent: Field<Bool>
  let isForeign: Field<Bool>
  let isRecurring: Field<Bool>
  let country: Field<String>
  let currency: Field<String>
  let channel: Field<String>
  let merchant: Field<String>
  let city: Field<String>
  let session: Field<String>
  let score: Field<Double>
  let label: Field<Bool>

  init() {
    amount = schema.feature("amount")
    balance = schema.feature("balance")
    average30Days = schema.feature("average_30d")
    amountRatio = schema.feature("amount_ratio")
    hoursSinceLast = schema.feature("hours_since_last")
    distanceKilometres = schema.feature("distance_km")
    velocity1Hour = schema.feature("velocity_1h")
    velocity24Hours = schema.feature("velocity_24h")
    deviceRisk = schema.feature("device_risk")
    addressRisk = schema.feature("address_risk")
    merchantRisk = schema.feature("merchant_risk")
    accountAgeDays = schema.feature("account_age_days")
    income = schema.feature("income")
    hour = schema.feature("hour")
    transactions24Hours = schema.feature("transactions_24h")
    merchantCategory = schema.feature("merchant_category")
    failedAttempts = schema.feature("failed_attempts")
    cardPrefix = schema.feature("card_prefix")
    account = schema.feature("account")
    cardIssued = schema.feature("card_issued")
    similarity = schema.feature("similarity")
    isCardPresent = schema.feature("card_present")
    isForeign = schema.feature("is_foreign")
    isRecurring = schema.feature("is_recurring")
    country = schema.feature("country")
    currency = schema.feature("currency")
    channel = schema.feature("channel")
    merchant = schema.feature("merchant")
    city = schema.feature("city")
    session = schema.feature("session")
    score = schema.output("score")
    label = schema.output("label")
  }
}

/// As a busy service does it.
struct TypedRow: EventLogging {
  private let logger: TypedLogger
  private let fields = EventFields()

  init(_ client: HindcastClient) {
    logger = client.logger(model: "fraud", version: "2026-11-01").typed(fields.schema)
  }

  @inline(__always)
  func log(_ event: UnsafePointer<Event>) {
    logger.log { row in
      row.set(fields.amount, event.pointee.amount)
      row.set(fields.balance, event.pointee.balance)
      row.set(fields.average30Days, event.pointee.average30Days)
      row.set(fields.amountRatio, event.pointee.amountRatio)
      row.set(fields.hoursSinceLast, event.pointee.hoursSinceLast)
      row.set(fields.distanceKilometres, event.pointee.distanceKilometres)
      row.set(fields.velocity1Hour, event.pointee.velocity1Hour)
      row.set(fields.velocity24Hours, event.pointee.velocity24Hours)
      row.set(fields.deviceRisk, event.pointee.deviceRisk)
      row.set(fields.addressRisk, event.pointee.addressRisk)
      row.set(fields.merchantRisk, event.pointee.merchantRisk)
      row.set(fields.accountAgeDays, event.pointee.accountAgeDays)
      row.set(fields.income, event.pointee.income)
      row.set(fields.hour, event.pointee.hour)
      row.set(fields.transactions24Hours, event.pointee.transactions24Hours)
      row.set(fields.merchantCategory, event.pointee.merchantCategory)
      row.set(fields.failedAttempts, event.pointee.failedAttempts)
      row.set(fields.cardPrefix, event.pointee.cardPrefix)
      row.set(fields.account, event.pointee.account)
      row.set(fields.cardIssued, event.pointee.cardIssued)
      row.set(fields.similarity, event.pointee.similarity)
      row.set(fields.isCardPresent, event.pointee.isCardPresent)
      row.set(fields.isForeign, event.pointee.isForeign)
      row.set(fields.isRecurring, event.pointee.isRecurring)
      row.set(fields.country, event.pointee.country)
      row.set(fields.currency, event.pointee.currency)
      row.set(fields.channel, event.pointee.channel)
      row.set(fields.merchant, event.pointee.merchant)
      row.set(fields.city, event.pointee.city)
      row.set(fields.session, event.pointee.session)
      row.set(fields.score, event.pointee.score)
      row.set(fields.label, event.pointee.label)
    }
  }
}
