import Hindcast

// Logs three predictions of a fraud model, and what became of one of them, to a server at 127.0.0.1:7400 or at the
// address that the first argument gives.
let server = CommandLine.arguments.dropFirst().first ?? "127.0.0.1:7400"
let client = try HindcastClient(server: server)
let fraud = client.logger(model: "fraud", version: "2026-11-01")

// A prediction: what the model was given, and what it answered. The logger makes an id and takes the present time.
let id = fraud.log(
  features: ["amount": 129.95, "country": "PT", "card_present": true, "hours_since_last": 3.5],
  outputs: ["score": 0.08, "label": false])

// Variables say their type; an absent optional is a null.
let amount = 1_999.0
let hoursSinceLast: Double? = nil
fraud.log(
  features: [
    "amount": .double(amount), "country": "BR", "card_present": false, "hours_since_last": .double(hoursSinceLast),
  ],
  outputs: ["score": 0.91, "label": true],
  tags: ["experiment": "stricter"])

// An id of your own, for outcomes that come from another system.
fraud.log(
  id: "payment-4711",
  features: ["amount": 12.5, "country": "PT", "card_present": true, "hours_since_last": 0.2],
  outputs: ["score": 0.04, "label": false])

// What really happened; often weeks later, and from another process.
fraud.actual(id: id, label: false)

// Nothing above waited for the network. This does: until the server has everything on disk.
try await client.flush(within: .seconds(10))
let counters = await client.shutdown()
print("\(counters.logged) events logged, \(counters.acknowledged) on the server's disk, \(counters.dropped) dropped")
