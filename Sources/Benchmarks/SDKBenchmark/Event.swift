internal import Hindcast

/// The 30 features of an event, its score and its label, as a service has them at hand.
struct Event: Sendable {
  var amount: Double
  var balance: Double
  var average30Days: Double
  var amountRatio: Double
  var hoursSinceLast: Double
  var distanceKilometres: Double
  var velocity1Hour: Double
  var velocity24Hours: Double
  var deviceRisk: Double
  var addressRisk: Double
  var merchantRisk: Double
  var accountAgeDays: Double
  var score: Double
  var income: Double?
  var hour: Int
  var transactions24Hours: Int
  var merchantCategory: Int
  var failedAttempts: Int
  var cardPrefix: Int
  var account: Int
  var cardIssued: Timestamp
  var similarity: Float
  var isCardPresent: Bool
  var isForeign: Bool
  var isRecurring: Bool
  var label: Bool
  var country: String
  var currency: String
  var channel: String
  var merchant: String
  var city: String
  var session: String
}
