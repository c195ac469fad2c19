import Hindcast
import Testing

/// The test double, used as a service's tests would.
@Suite(.timeLimit(.minutes(1))) struct LogRecordingTests {
  @Test("what is logged can be looked at without a server, as it would have been stored")
  func events() async throws {
    let recording = LogRecording()
    let client = try HindcastClient(recording: recording)
    let loans = client.logger(
      model: "loans", version: "3", environment: .shadow,
      privacy: Privacy(rules: [.feature("name"): .drop, .feature("income"): .round(to: 1_000)]))
    let time = Timestamp(microsecondsSince1970: 1_700_000_000_000_000)
    let id = loans.log(
      time: time,
      features: [
        "income": 52_499.0, "name": "planted", "age": 41, "absent": nil, "vector": .vector([1, 2]),
        "codes": ["a", "b"], "moment": .timestamp(time), "raw": .bytes([1, 2]), "history": [0.5, 1.5],
      ],
      label: true, score: 0.75, tags: ["region": "north"], subject: "person", latency: .milliseconds(3))
    loans.actual(id: id, label: false)
    loans.log(features: ["": 1])
    try await client.flush()
    let prediction = try #require(recording.predictions(of: "loans").first)
    #expect(prediction.id == id.text)
    #expect(prediction.version == "3")
    #expect(prediction.environment == .shadow)
    #expect(prediction.time == time)
    #expect(
      prediction.features == [
        "income": 52_000.0, "age": 41, "vector": .vector([1, 2]), "codes": ["a", "b"], "moment": .timestamp(time),
        "raw": .bytes([1, 2]), "history": [0.5, 1.5],
      ])
    #expect(prediction.outputs == ["label": true, "score": 0.75])
    #expect(prediction.tags == ["region": "north"])
    #expect(prediction.system == ["subject": "person", "latency_us": 3_000])
    let actual = try #require(recording.actuals(of: "loans").first)
    #expect(actual.id == id.text)
    #expect(actual.actuals == ["label": false])
    #expect(recording.events.count == 2)
    let counters = await client.shutdown()
    #expect(counters.acknowledged == 2)
    #expect(counters.rejected == 1)
    #expect(counters.waiting == 0)
    #expect(counters.waitingBytes == 0)
  }

  @Test("a typed logger records the same way, and its sample says what it kept")
  func typed() async throws {
    let recording = LogRecording()
    let client = try HindcastClient(recording: recording)
    let schema = EventSchema()
    let amount: Field<Double> = schema.feature("amount")
    let latency = schema.latency()
    let logger = client.logger(model: "m", sampling: Sampling(rate: 0.5)).typed(schema)
    for index in 0..<1_000 {
      logger.log(id: "\(index)") { row in
        row.set(amount, Double(index))
        row.set(latency, .microseconds(index))
      }
    }
    let counters = await client.shutdown()
    let kept = recording.predictions(of: "m")
    #expect(counters.logged == 1_000)
    #expect(counters.sampledOut == 1_000 - kept.count)
    #expect(counters.acknowledged == kept.count)
    #expect((400..<600).contains(kept.count))
    #expect(kept.allSatisfy { $0.features["amount"] == .double(Double($0.id) ?? -1) })
    #expect(kept.allSatisfy { $0.system["inclusion_probability"] == 0.5 })
  }
}
