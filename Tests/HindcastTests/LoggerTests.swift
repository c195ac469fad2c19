import Hindcast
import HindcastFormat
import Testing

/// What a call of the public interface becomes.
@Suite(.timeLimit(.minutes(1))) struct LoggerTests {
  @Test("every argument of log arrives in its column")
  func predictionColumns() async throws {
    let server = try await FakeServer()
    let client = try HindcastClient(server: server.address, configuration: .forTests())
    let logger = client.logger(model: "m", version: "v", environment: .shadow)
    let time = Timestamp(microsecondsSince1970: 1_700_000_000_000_000)
    let id = logger.log(
      id: "a", time: time, features: ["amount": 1.5], outputs: ["label": true], tags: ["region": "north"],
      subject: "person", latency: .microseconds(1_500), status: "ok", error: "none", traceID: "t", group: "g",
      requestID: "r", inclusionProbability: 0.25)
    #expect(id == "a")
    await client.shutdown()
    let block = try #require(server.stored.first?.block)
    #expect(block.stream == StreamKey(kind: .prediction, model: "m", version: "v", environment: .shadow))
    #expect(block.times == [1_700_000_000_000_000])
    func system(_ name: String) -> ColumnValues? { block.column(.system, name)?.values }
    #expect(block.column(.feature, "amount")?.values == .float64([1.5]))
    #expect(block.column(.output, "label")?.values == .bool([1]))
    #expect(block.column(.tag, "region")?.values == .strings(ByteStrings(["north"])))
    #expect(system("subject") == .strings(ByteStrings(["person"])))
    #expect(system("latency_us") == .int64([1_500]))
    #expect(system("status") == .strings(ByteStrings(["ok"])))
    #expect(system("error") == .strings(ByteStrings(["none"])))
    #expect(system("trace_id") == .strings(ByteStrings(["t"])))
    #expect(system("group") == .strings(ByteStrings(["g"])))
    #expect(system("request_id") == .strings(ByteStrings(["r"])))
    #expect(system("inclusion_probability") == .float64([0.25]))
    await server.stop()
  }

  @Test("every argument of actual arrives in its column, and one that says nothing is rejected")
  func actualColumns() async throws {
    let server = try await FakeServer()
    let recorder = LogRecorder()
    var configuration = HindcastClient.Configuration.forTests(recorder)
    // All in one block.
    configuration.flushInterval = .seconds(60)
    let client = try HindcastClient(server: server.address, configuration: configuration)
    let logger = client.logger(model: "m")
    logger.actual(
      id: "a", label: "spam", value: 2.5, time: Timestamp(microsecondsSince1970: 5), revision: 3, weight: 0.5,
      source: "desk")
    logger.actual(id: "b", retracted: true)
    logger.actual(id: "c")
    await client.shutdown()
    let block = try #require(server.stored.map(\.block).first { $0.stream.kind == .actual })
    #expect(block.rowCount == 2)
    #expect(block.column(.actual, "label")?.values == .strings(ByteStrings(["spam", ""])))
    #expect(block.column(.actual, "value")?.values == .float64([2.5, 0]))
    #expect(block.column(.system, "revision")?.values == .int64([3, 0]))
    #expect(block.column(.system, "retracted")?.values == .bool([0, 1]))
    #expect(block.column(.system, "weight")?.values == .float64([0.5, 0]))
    #expect(block.column(.system, "source")?.values == .strings(ByteStrings(["desk", ""])))
    #expect(client.counters.rejectedInvalid == 1)
    #expect(recorder.contains("without a label or a value"))
    await server.stop()
  }

  @Test("an id that log makes is a uuid of version 7 of the present time, and joins the actual")
  func generatedIDs() async throws {
    let server = try await FakeServer()
    let client = try HindcastClient(server: server.address, configuration: .forTests())
    let logger = client.logger(model: "m")
    let before = Timestamp.now.microsecondsSince1970 / 1_000
    let ids = (0..<1_000).map { _ in logger.log(outputs: ["score": 0.5]) }
    let after = Timestamp.now.microsecondsSince1970 / 1_000
    logger.actual(id: ids[7], label: true)
    await client.shutdown()
    #expect(Set(ids).count == 1_000)
    let text = ids[0].text
    #expect(text.count == 36)
    #expect(Array(text)[14] == "7")
    #expect("89ab".contains(Array(text)[19]))
    let milliseconds = try #require(Int64(text.prefix(13).filter { $0 != "-" }, radix: 16))
    #expect((before...after).contains(milliseconds))
    let blocks = server.stored.map(\.block)
    let prediction = try #require(blocks.first { $0.stream.kind == .prediction })
    let actual = try #require(blocks.first { $0.stream.kind == .actual })
    guard case .uuid(let predicted)? = prediction.ids?.values, case .uuid(let observed)? = actual.ids?.values else {
      Issue.record("ids are not uuids")
      return
    }
    #expect(Array(predicted[7 * 16..<8 * 16]) == observed)
    await server.stop()
  }

  @Test(
    "a model name against the rules rejects its events and nothing else",
    arguments: ["", String(repeating: "m", count: 129), "a\nb"])
  func badModelNames(name: String) async throws {
    let server = try await FakeServer()
    let recorder = LogRecorder()
    let client = try HindcastClient(server: server.address, configuration: .forTests(recorder))
    client.logger(model: name).log(outputs: ["score": 1])
    client.logger(model: "good").log(outputs: ["score": 1])
    await client.shutdown()
    #expect(client.counters.rejectedInvalid == 1)
    #expect(client.counters.acknowledged == 1)
    #expect(recorder.contains("name"))
    await server.stop()
  }

  @Test(
    "addresses that can't be understood are errors that say what to write",
    arguments: ["", ":7400", "host:", "host:0", "host:65536", "host:x", "[::1", "::1:7400", "unix:"])
  func badAddresses(address: String) {
    let error = #expect(throws: HindcastError.self) { try HindcastClient(server: address) }
    #expect(error?.code == .invalidAddress)
    #expect(error?.message.contains("127.0.0.1:7400") == true)
  }
}
