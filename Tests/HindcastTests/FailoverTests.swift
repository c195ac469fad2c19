import GRPCCore
import Hindcast
import HindcastFormat
import HindcastWire
import Testing

/// One client and several servers, of which some fail.
@Suite(.timeLimit(.minutes(2))) struct FailoverTests {
  let recorder = LogRecorder()

  private func log(_ client: HindcastClient, _ range: Range<Int>) {
    let logger = client.logger(model: "m", version: "1")
    for index in range { logger.log(id: "id-\(index)", features: ["index": .int(index)], outputs: ["score": 0.5]) }
  }

  private func ids(_ range: Range<Int>) -> [String] { range.map { "id-\($0)" } }

  @Test("the next server takes over from one that dies, stays, and hands back when it dies in turn")
  func realServers() async throws {
    let first = try await RealServer()
    let second = try await RealServer()
    let client = try HindcastClient(
      servers: [first.address, second.address], configuration: .forTests(recorder))
    log(client, 0..<100)
    try await client.flush(within: .seconds(20))
    #expect(try await first.ids() == ids(0..<100))
    #expect(try await second.ids().isEmpty)

    let port = first.port
    try await first.stop()
    log(client, 100..<200)
    try await client.flush(within: .seconds(20))
    #expect(try await second.ids() == ids(100..<200))

    // The preferred one is back, but the second works.
    let third = try await RealServer(port: port)
    log(client, 200..<300)
    try await client.flush(within: .seconds(20))
    #expect(try await third.ids().isEmpty)
    #expect(try await second.ids() == ids(100..<300))

    try await second.stop()
    log(client, 300..<400)
    try await client.flush(within: .seconds(20))
    #expect(try await third.ids() == ids(300..<400))
    let counters = await client.shutdown()
    #expect(counters.acknowledged == 400 && counters.rejected == 0 && counters.dropped == 0)
    try await third.stop()
  }

  @Test("a server that is not there is passed over at once, and told of with the reason")
  func absent() async throws {
    let server = try await FakeServer()
    let gone = try await FakeServer()
    await gone.stop()
    var configuration = HindcastClient.Configuration.forTests(recorder)
    // No wait stands between the servers.
    configuration.retryDelay = .seconds(100)
    configuration.retryDelayMax = .seconds(100)
    let client = try HindcastClient(server: "\(gone.address), \(server.address)", configuration: configuration)
    log(client, 0..<10)
    try await client.flush(within: .seconds(20))
    #expect(server.ids == ids(0..<10))
    #expect(recorder.lines.contains { $0.contains(gone.address) && $0.contains("refused") }, "\(recorder.lines)")
    await client.shutdown()
    await server.stop()
  }

  @Test("with all servers away there is a wait, and whichever comes back gets everything")
  func allAway() async throws {
    let first = try await FakeServer()
    let second = try await FakeServer()
    let port = second.port
    await first.stop()
    await second.stop()
    let client = try HindcastClient(servers: [first.address, second.address], configuration: .forTests(recorder))
    log(client, 0..<10)
    try await Task.sleep(for: .milliseconds(300))
    #expect(client.counters.waiting == 10 && client.counters.connections == 0)
    let back = try await FakeServer(port: port)
    try await client.flush(within: .seconds(20))
    #expect(back.ids == ids(0..<10))
    #expect(client.counters.connections == 1)
    await client.shutdown()
    await back.stop()
  }

  @Test("a server that goes silent, or cannot store, or stays full, is left for the next one", arguments: [0, 1, 2])
  func unfit(_ way: Int) async throws {
    let first = try await FakeServer { _, _ in
      switch way {
      case 1: .refuse(Refusal(.unavailable, "the journal failed", isRetryable: true))
      case 2: .refuse(Refusal(.resourceExhausted, "the disk is full", isRetryable: true, retryAfterMilliseconds: 1))
      default: nil
      }
    }
    if way == 0 { first.hold() }
    let second = try await FakeServer()
    var configuration = HindcastClient.Configuration.forTests(recorder)
    configuration.answerTimeout = .milliseconds(500)
    let client = try HindcastClient(servers: [first.address, second.address], configuration: configuration)
    log(client, 0..<10)
    try await client.flush(within: .seconds(30))
    #expect(second.ids == ids(0..<10))
    #expect(first.stored.isEmpty)
    await client.shutdown()
    await first.stop()
    await second.stop()
  }

  @Test("blocks that a server took without acknowledging go to the next as well; each log has each event once")
  func both() async throws {
    let first = try await FakeServer { _, arrival in arrival > 2 ? .storeAndLoseAnswer : nil }
    let second = try await FakeServer { _, arrival in
      arrival == 3 ? .failStream(RPCError(code: .unavailable, message: "gone")) : nil
    }
    var configuration = HindcastClient.Configuration.forTests(recorder)
    configuration.blockRows = 10
    let client = try HindcastClient(servers: [first.address, second.address], configuration: configuration)
    log(client, 0..<200)
    try await client.flush(within: .seconds(30))
    let (left, right) = (first.ids, second.ids)
    #expect(Set(left).count == left.count && Set(right).count == right.count)
    #expect(Set(left).union(right) == Set(ids(0..<200)))
    #expect(!left.isEmpty && !right.isEmpty)
    #expect(client.counters.acknowledged == 200 && client.counters.rejected == 0)
    await client.shutdown()
    await first.stop()
    await second.stop()
  }

  @Test("lists of servers are read with care; for reading there is one")
  func lists() throws {
    for list in ["", ",", "a:7400,", "a:7400,,b", "a:b", Array(repeating: "a", count: 65).joined(separator: ",")] {
      let error = #expect(throws: HindcastError.self) { _ = try HindcastClient(server: list) }
      #expect(error?.code == .invalidAddress)
    }
    _ = try HindcastClient(servers: ["127.0.0.1:1", " [::1]:7400 ", "unix:/tmp/none"])
    let error = #expect(throws: HindcastError.self) { _ = try RemoteReader(server: "a,b") }
    #expect(error?.message.contains("log of its own") == true)
  }
}
