internal import Hindcast

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Card payments as a fraud model sees them: 30 features of mixed types (16 doubles of limited and of full precision, 6
/// integers, 6 texts, 2 booleans), nulls in some, a score, a label and two tags. Made before the clock starts, so that a
/// benchmark measures logging and not random numbers; events repeat after `count`, far apart from each other's blocks.
struct PaymentPool: Sendable {
  struct Payment: Sendable {
    var amount = 0.0, amountInDollars = 0.0, averageOf7Days = 0.0, averageOf30Days: Double?
    var creditLimit = 0.0, balanceRatio = 0.0, amountToAverage = 0.0
    var hoursSinceLast: Double?, distanceFromHome: Double?
    var deviceRisk = 0.0, emailRisk = 0.0, addressReputation: Double?
    var scaledAmount = 0.0, scaledVelocity = 0.0, embedding0 = 0.0, embedding1 = 0.0
    var countIn1Hour = 0, countIn24Hours = 0, countIn7Days = 0, accountAgeInDays = 0, hour = 0, weekday = 0
    var merchant = "", category = "", country = "", currency = "", channel = "", device: String?
    var isCardPresent = false, isInternational = false
    var score = 0.0, region = "", experiment = ""
  }

  let payments: [Payment]

  init(count: Int, seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let cards = (0..<20_000).map { _ in Card(&random) }
    let merchants = (0..<5_000).map { _ in Merchant(&random) }
    payments = (0..<count).map { _ in
      // Popularity falls steeply, as it does for real merchants.
      let merchant = merchants[Int(Double(merchants.count) * random.unit() * random.unit() * random.unit())]
      return Self.payment(of: cards[random.index(cards.count)], at: merchant, &random)
    }
  }

  private struct Card {
    let country: Int, spend: Double, limit: Double, age: Int
    init(_ random: inout SeededRandom) {
      country = min(random.index(20), random.index(20))
      spend = 3.4 + 0.7 * random.normal()
      limit = [500, 1_000, 1_500, 2_000, 3_000, 5_000, 7_500, 10_000][random.index(8)]
      age = 1 + Int(1_200 * -log(1 - random.unit()))
    }
  }

  private struct Merchant {
    let name: String, category: Int, country: Int
    init(_ random: inout SeededRandom) {
      let digits = String(random.index(1_000_000))
      name = "MRC-" + String(repeating: "0", count: 6 - digits.count) + digits
      category = random.index(Self.categories.count)
      country = min(random.index(20), random.index(20))
    }
    static let categories = [
      "grocery", "fuel", "restaurant", "fast_food", "electronics", "clothing", "travel_air", "travel_hotel",
      "ride_share",
      "taxi", "pharmacy", "health", "utilities", "telecom", "streaming", "gaming", "gambling", "jewelry", "furniture",
      "home_improvement", "atm_cash", "money_transfer", "education", "charity",
    ]
  }

  private static let countries = [
    "US", "GB", "DE", "FR", "ES", "IT", "NL", "SE", "NO", "DK", "FI", "PL", "CZ", "AT", "CH", "BE", "PT", "IE", "GR",
    "RO",
  ]
  private static let currencies = ["USD", "GBP", "EUR", "EUR", "EUR", "EUR", "EUR", "SEK", "NOK", "DKK", "EUR", "PLN"]
  private static let dollars = [1, 1.27, 1.09, 1.09, 1.09, 1.09, 1.09, 0.094, 0.093, 0.146, 1.09, 0.25]

  private static func payment(of card: Card, at merchant: Merchant, _ random: inout SeededRandom) -> Payment {
    var payment = Payment()
    let isAbroad = card.country != merchant.country && random.unit() < 0.25
    let country = isAbroad ? merchant.country : card.country
    let currency = country % currencies.count
    let latent = random.normal()
    payment.amount = rounded(exp(card.spend + 0.25 * Double(merchant.category % 5) + 0.9 * random.normal()), 100)
    payment.amountInDollars = rounded(payment.amount * dollars[currency], 100)
    payment.averageOf7Days = rounded(exp(card.spend + 0.3 + 0.25 * random.normal()), 100)
    payment.averageOf30Days =
      random.unit() < 0.05 ? nil : rounded(payment.averageOf7Days * exp(0.12 * random.normal()), 100)
    payment.creditLimit = card.limit
    payment.balanceRatio = rounded(random.unit() * random.unit(), 10_000)
    payment.amountToAverage = payment.amount / payment.averageOf7Days
    payment.hoursSinceLast = random.unit() < 0.05 ? nil : rounded(-30 * log(1 - random.unit()), 1_000)
    payment.distanceFromHome =
      random.unit() < 0.05 ? nil : rounded((isAbroad ? -1_500 : -12) * log(1 - random.unit()), 100)
    payment.deviceRisk = single(logistic(latent + random.normal() - 2))
    payment.emailRisk = single(logistic(0.5 * latent + 1.2 * random.normal() - 1.5))
    payment.addressReputation = random.unit() < 0.05 ? nil : single(max(random.unit(), random.unit()))
    payment.scaledAmount = single((log(max(payment.amount, 0.01)) - 3.91) / 1.17)
    payment.countIn1Hour = Int(-0.4 * log(1 - random.unit()))
    payment.countIn24Hours = payment.countIn1Hour + random.index(6)
    payment.countIn7Days = payment.countIn24Hours + random.index(24)
    payment.scaledVelocity = single((Double(payment.countIn24Hours) + 0.2 * random.normal()) / 3.1 - 0.8)
    payment.embedding0 = single(0.11 * random.normal())
    payment.embedding1 = single(0.02 + 0.13 * random.normal())
    payment.accountAgeInDays = card.age
    payment.hour = random.index(24)
    payment.weekday = random.index(7)
    payment.merchant = merchant.name
    payment.category = Merchant.categories[merchant.category]
    payment.country = countries[country]
    payment.currency = currencies[currency]
    payment.channel = ["pos_chip", "pos_contactless", "ecommerce", "mobile_app", "atm"][random.index(5)]
    payment.device =
      random.unit() < 0.05
      ? nil : ["ios", "android", "windows", "macos", "linux", "pos_terminal", "atm_terminal"][random.index(7)]
    payment.isCardPresent = payment.channel != "ecommerce" && payment.channel != "mobile_app"
    payment.isInternational = isAbroad
    payment.score = logistic(
      -4.2 + 0.9 * latent + 2.2 * payment.deviceRisk + 1.1 * payment.emailRisk + 0.35 * payment.scaledAmount
        + (isAbroad ? 0.8 : 0) + 0.4 * random.normal())
    payment.region = ["eu-west-1", "us-east-1", "us-west-2", "ap-south-1"][min(random.index(4), random.index(4))]
    payment.experiment = random.index(10) == 3 ? "treatment" : "control"
    return payment
  }

  private static func rounded(_ value: Double, _ scale: Double) -> Double { (value * scale).rounded() / scale }
  private static func single(_ value: Double) -> Double { Double(Float(value)) }
  private static func logistic(_ value: Double) -> Double { 1 / (1 + exp(-value)) }
}

extension PaymentPool.Payment {
  /// Logs it as a service would: dictionary literals, the id left to the logger.
  func log(to logger: ModelLogger, at time: Timestamp) {
    logger.log(
      time: time,
      features: [
        "amount": .double(amount), "amount_usd": .double(amountInDollars), "avg_amount_7d": .double(averageOf7Days),
        "avg_amount_30d": .double(averageOf30Days), "credit_limit": .double(creditLimit),
        "balance_ratio": .double(balanceRatio), "amount_to_avg_ratio": .double(amountToAverage),
        "hours_since_last_txn": .double(hoursSinceLast), "distance_from_home_km": .double(distanceFromHome),
        "device_risk": .double(deviceRisk), "email_risk": .double(emailRisk),
        "ip_reputation": .double(addressReputation),
        "norm_amount": .double(scaledAmount), "norm_velocity": .double(scaledVelocity), "emb_0": .double(embedding0),
        "emb_1": .double(embedding1), "txn_count_1h": .int(countIn1Hour), "txn_count_24h": .int(countIn24Hours),
        "txn_count_7d": .int(countIn7Days), "account_age_days": .int(accountAgeInDays), "hour_of_day": .int(hour),
        "day_of_week": .int(weekday), "merchant_id": .string(merchant), "merchant_category": .string(category),
        "country": .string(country), "currency": .string(currency), "channel": .string(channel),
        "device_type": .string(device), "card_present": .bool(isCardPresent),
        "is_international": .bool(isInternational),
      ],
      outputs: ["score": .double(score), "label": score > 0.5 ? "fraud" : "legit"],
      tags: ["region": .string(region), "experiment": .string(experiment)])
  }
}
