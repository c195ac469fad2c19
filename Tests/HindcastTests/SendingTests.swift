import GRPCCore
import Hindcast
import HindcastFormat
import HindcastWire
import Synchronization
import Testing

/// Client and network against a server that fails where a test says so.
@Suite(.timeLimit(.minutes(1))) struct SendingTests {
  let recorder = LogRecorder()

  func client(_ server: FakeServer, _ configure: (inout HindcastClient.Configuration) -> Void = { _ in }) throws
    -> HindcastClient
  {
    var configuration = HindcastClient.Configuration.forTests(recorder)
    configure(&configuration)
    return try HindcastClient(server: server.address, configuration: configuration)
  }

  func logMany(_ client: HindcastClient, _ range: Range<Int>) {
    let logger = client.logger(model: "m", version: "1")
    for index in range { logger.log(id: "id-\(index)", features: ["index": .int(index)], outputs: ["score": 0.5]) }
  }

  func expectedIDs(_ count: Int) -> [String] { (0..<count).map { "id-\($0)" } }

  @Test("flush returns when the server has all events logged before")
  func flush() async throws {
    let server = try await FakeServer()
    let client = try client(server) { $0.flushInterval = .seconds(100) }
    logMany(client, 0..<1_000)
    #expect(server.stored.isEmpty)
    try await client.flush()
    #expect(server.ids == expectedIDs(1_000))
    let counters = client.counters
    #expect(counters.logged == 1_000)
    #expect(counters.acknowledged == 1_000)
    #expect(counters.sent == 1_000)
    #expect(counters.waiting == 0)
    #expect(counters.waitingBytes == 0)
    #expect(counters.acknowledgedBlocks == 1)
    await client.shutdown()
    await server.stop()
  }

  @Test("flush of nothing returns at once, even without a server")
  func flushOfNothing() async throws {
    let client = try HindcastClient(server: "127.0.0.1:1", configuration: .forTests(recorder))
    try await client.flush(within: .seconds(5))
    await client.shutdown(deadline: .milliseconds(10))
  }

  @Test("a flush that runs out of time says so and loses nothing")
  func flushTimeLimit() async throws {
    let server = try await FakeServer()
    server.hold()
    let client = try client(server)
    logMany(client, 0..<10)
    let error = await #expect(throws: HindcastError.self) { try await client.flush(within: .milliseconds(50)) }
    #expect(error?.code == .deadlineExceeded)
    #expect(error?.message.contains("10 events") == true)
    server.release()
    try await client.flush()
    #expect(server.ids == expectedIDs(10))
    await client.shutdown()
    await server.stop()
  }

  @Test("events go out by themselves after the flush interval")
  func interval() async throws {
    let server = try await FakeServer()
    let client = try client(server)
    logMany(client, 0..<3)
    #expect(try await eventually { client.counters.acknowledged == 3 })
    await client.shutdown()
    await server.stop()
  }

  @Test("streams that break, before or after blocks are stored, lose nothing and double nothing")
  func brokenStreams() async throws {
    let server = try await FakeServer { _, arrival in
      switch arrival % 7 {
      case 3: .failStream(RPCError(code: .unavailable, message: "gone"))
      case 5: .storeAndLoseAnswer
      default: nil
      }
    }
    let client = try client(server) { $0.blockRows = 10 }
    logMany(client, 0..<500)
    try await client.flush()
    #expect(server.ids == expectedIDs(500))
    #expect(server.duplicates > 0)
    let counters = client.counters
    #expect(counters.acknowledged == 500)
    #expect(counters.sent == 500)
    #expect(counters.resent > 0)
    #expect(counters.connections > 2)
    await client.shutdown()
    await server.stop()
  }

  @Test("blocks that are refused for good are rejected with the server's words; all others are stored once")
  func permanentRefusals() async throws {
    // Whichever block holds a row with an index that ends in 33 is refused, however often it comes.
    let server = try await FakeServer { request, _ in
      guard let block = try? BlockDecoder.decode(request.block),
        case .int64(let indices)? = block.column(.feature, "index")?.values
      else { return nil }
      return indices.contains { $0 % 100 == 33 } ? .refuse(Refusal(.invalidArgument, "column index smells")) : nil
    }
    let client = try client(server) { $0.blockRows = 10 }
    logMany(client, 0..<500)
    try await client.flush()
    let refused = (0..<500).filter { (30..<40).contains($0 % 100) }
    #expect(server.ids == expectedIDs(500).enumerated().filter { !refused.contains($0.offset) }.map(\.element))
    let counters = client.counters
    #expect(counters.rejectedByServer == 50)
    #expect(counters.acknowledged == 450)
    #expect(counters.waiting == 0)
    #expect(recorder.contains("column index smells"))
    await client.shutdown()
    await server.stop()
  }

  @Test("a server that is overloaded gets the block again after the delay it asked for")
  func overload() async throws {
    let firstRefusal = Mutex<ContinuousClock.Instant?>(nil)
    let server = try await FakeServer { _, arrival in
      guard arrival == 1 else { return nil }
      firstRefusal.withLock { $0 = .now }
      return .refuse(Refusal(.resourceExhausted, "no memory", isRetryable: true, retryAfterMilliseconds: 200))
    }
    let client = try client(server)
    logMany(client, 0..<10)
    try await client.flush()
    #expect(server.ids == expectedIDs(10))
    let waited = try #require(firstRefusal.withLock { $0 }).duration(to: .now)
    #expect(waited >= .milliseconds(200))
    #expect(client.counters.rejected == 0)
    await client.shutdown()
    await server.stop()
  }

  @Test("a stream that is refused for want of room is tried again no sooner than the server asked for")
  func refusedStream() async throws {
    let arrivals = Mutex<[ContinuousClock.Instant]>([])
    let server = try await FakeServer { _, arrival in
      arrivals.withLock { $0.append(.now) }
      guard arrival <= 2 else { return nil }
      return .failStream(
        Refusal(.resourceExhausted, "no room", isRetryable: true, retryAfterMilliseconds: 200).rpcError)
    }
    let client = try client(server)
    logMany(client, 0..<10)
    try await client.flush()
    #expect(server.ids == expectedIDs(10))
    let times = arrivals.withLock { $0 }
    #expect(times.count == 3)
    for (before, after) in zip(times, times.dropFirst()) { #expect(before.duration(to: after) >= .milliseconds(200)) }
    #expect(client.counters.rejected == 0)
    await client.shutdown()
    await server.stop()
  }

  @Test("shutdown with nothing to send does not wait for a server that is away")
  func shutdownOfNothing() async throws {
    let client = try HindcastClient(server: "127.0.0.1:1", configuration: .forTests(recorder))
    let began = ContinuousClock.now
    await client.shutdown(deadline: .seconds(60))
    #expect(began.duration(to: .now) < .seconds(30))
    #expect(recorder.contains("no stream to server 127.0.0.1:1"))
  }

  @Test("a server that goes silent is left for a new connection")
  func silentServer() async throws {
    let server = try await FakeServer()
    server.hold()
    let client = try client(server) { $0.answerTimeout = .milliseconds(100) }
    logMany(client, 0..<10)
    #expect(try await eventually { client.counters.connections >= 2 })
    server.release()
    try await client.flush()
    #expect(server.ids == expectedIDs(10))
    await client.shutdown()
    await server.stop()
  }

  @Test("with the server away memory stays within its bound, and every event is accounted for when it is back")
  func memoryBound() async throws {
    let first = try await FakeServer()
    let port = first.port
    await first.stop()
    let client = try HindcastClient(
      server: "127.0.0.1:\(port)",
      configuration: {
        var configuration = HindcastClient.Configuration.forTests(recorder)
        configuration.waitingBytes = 200_000
        configuration.blockRows = 100
        return configuration
      }())
    var waitingMax = 0
    let logger = client.logger(model: "m")
    var generator = SystemRandomNumberGenerator()
    for index in 0..<50_000 {
      logger.log(id: "id-\(index)", features: ["noise": .double(Double.random(in: 0..<1, using: &generator))])
      waitingMax = max(waitingMax, client.counters.waitingBytes)
    }
    #expect(waitingMax <= 210_000)
    #expect(client.counters.droppedQueueFull > 0)
    #expect(recorder.contains("wait for the server already"))
    let second = try await FakeServer(port: port)
    try await client.flush()
    let counters = client.counters
    #expect(counters.logged == 50_000)
    #expect(counters.acknowledged + counters.dropped == 50_000)
    #expect(second.ids.count == counters.acknowledged)
    #expect(Set(second.ids).count == second.ids.count)
    #expect(second.ids.first == "id-0")
    await client.shutdown()
    await second.stop()
  }

  @Test("waitForRoom lets a batch job lose nothing however slow the server is")
  func waitForRoom() async throws {
    let server = try await FakeServer()
    server.hold()
    let client = try client(server) {
      $0.waitingBytes = 50_000
      $0.blockRows = 50
    }
    let release = Task {
      try await Task.sleep(for: .milliseconds(50))
      server.release()
    }
    let logger = client.logger(model: "m")
    for index in 0..<5_000 {
      if index % 50 == 0 { await client.waitForRoom() }
      logger.log(id: "id-\(index)", features: ["index": .int(index)])
    }
    try await release.value
    try await client.flush()
    #expect(client.counters.dropped == 0)
    // The task may go from thread to thread, and events of several threads come in any order.
    #expect(server.ids.count == 5_000)
    #expect(Set(server.ids) == Set(expectedIDs(5_000)))
    await client.shutdown()
    await server.stop()
  }

  @Test("shutdown sends what is there; later events are dropped and counted")
  func shutdown() async throws {
    let server = try await FakeServer()
    let client = try client(server) { $0.flushInterval = .seconds(100) }
    logMany(client, 0..<100)
    let counters = await client.shutdown()
    #expect(counters.acknowledged == 100)
    #expect(server.ids == expectedIDs(100))
    logMany(client, 100..<105)
    client.logger(model: "another").log(outputs: ["score": 1])
    #expect(client.counters.droppedAtShutdown == 6)
    #expect(client.counters.waiting == 0)
    let error = await #expect(throws: HindcastError.self) { try await client.flush() }
    #expect(error?.code == .shutDown)
    await server.stop()
  }

  @Test("shutdown keeps its deadline without a server and counts what it gave up")
  func shutdownDeadline() async throws {
    let client = try HindcastClient(server: "127.0.0.1:1", configuration: .forTests(recorder))
    logMany(client, 0..<100)
    let began = ContinuousClock.now
    let counters = await client.shutdown(deadline: .milliseconds(200))
    // Far beyond the deadline, as other tests keep every core busy; far below what a hang would take.
    #expect(began.duration(to: .now) < .seconds(60))
    #expect(counters.droppedAtShutdown == 100)
    #expect(counters.waiting == 0)
    #expect(counters.waitingBytes == 0)
  }

  @Test("a client that is released without shutdown still sends what was logged")
  func released() async throws {
    let server = try await FakeServer()
    do {
      let client = try client(server) { $0.flushInterval = .seconds(100) }
      logMany(client, 0..<10)
    }
    #expect(try await eventually { server.ids.count == 10 })
    await server.stop()
  }

  @Test("several tasks log to several models at once")
  func concurrency() async throws {
    let server = try await FakeServer()
    let client = try client(server) { $0.blockRows = 100 }
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask {
          let logger = client.logger(model: "m-\(task % 2)")
          for index in 0..<2_000 {
            logger.log(id: "\(task)-\(index)", features: ["index": .int(index)])
            if index % 10 == 0 { logger.actual(id: "\(task)-\(index)", label: true) }
          }
        }
      }
    }
    try await client.flush()
    #expect(client.counters.acknowledged == 4 * 2_200)
    let predictions = server.stored.filter { $0.block.stream.kind == .prediction }
    #expect(predictions.reduce(0) { $0 + $1.block.rowCount } == 8_000)
    #expect(Set(predictions.map(\.block.stream.model)) == ["m-0", "m-1"])
    await client.shutdown()
    await server.stop()
  }
}
