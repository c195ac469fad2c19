import GRPCCore
import HindcastFormat
import HindcastServer
import HindcastWire
import Testing

@Suite struct LifecycleTests {
  @Test("a port in use is named, with what to do, and the server that has it goes on")
  func portInUse() async throws {
    try await withServer { client, server in
      var second = configuration(in: TemporaryFolder())
      second.listen = ListenAddress(host: "127.0.0.1", port: UInt16(server.boundPort))
      let error = await startError(second)
      #expect(error?.code == .addressInUse)
      #expect(error?.message.contains("127.0.0.1:\(server.boundPort)") == true)
      #expect(error?.message.contains("--listen") == true)
      let stored = try await client.putSample()
      #expect(stored == 1)
    }
  }

  @Test("a data directory that another server holds is named, and that server goes on")
  func directoryHeld() async throws {
    let folder = TemporaryFolder()
    try await withServer(in: folder) { client, _ in
      let error = await startError(configuration(in: folder))
      #expect(error?.code == .storage)
      #expect(error?.message.contains(folder.path) == true)
      let stored = try await client.putSample()
      #expect(stored == 1)
    }
  }

  @Test(
    "addresses that cannot be listened on are named",
    arguments: [ListenAddress(host: "192.0.2.1", port: 0), ListenAddress(host: "no-such-host.invalid", port: 0)])
  func badAddress(_ address: ListenAddress) async {
    var bad = configuration(in: TemporaryFolder())
    bad.listen = address
    let error = await startError(bad)
    #expect(error?.code == .address)
    #expect(error?.message.contains(address.host) == true)
  }

  @Test("limits that contradict each other keep the server from starting")
  func contradiction() async {
    var bad = configuration(in: TemporaryFolder())
    bad.limits.admittedBytesMax = 1
    #expect(await startError(bad)?.code == .configuration)
  }

  private func startError(_ configuration: ServerConfiguration) async -> ServerError? {
    do throws(ServerError) {
      let server = HindcastServer(configuration: configuration)
      try await server.start()
      try await server.shutdown()
      return nil
    } catch {
      return error
    }
  }

  @Test("listen addresses are read as people write them")
  func addresses() throws {
    #expect(try ListenAddress.parse("127.0.0.1:7400") == ListenAddress(host: "127.0.0.1", port: 7400))
    #expect(try ListenAddress.parse("[::1]:7400") == ListenAddress(host: "::1", port: 7400))
    #expect(try ListenAddress.parse("localhost:0") == ListenAddress(host: "localhost", port: 0))
    #expect(try ListenAddress.parse(":7400") == ListenAddress(host: "::", port: 7400))
    #expect(ListenAddress(host: "::1", port: 1).description == "[::1]:1")
    for bad in ["", "7400", "localhost", "localhost:", "localhost:65536", "localhost:-1", "::1:7400"] {
      #expect(throws: ServerError.self) { try ListenAddress.parse(bad) }
    }
  }

  @Test("a host name is listened on")
  func hostName() async throws {
    var named = configuration(in: TemporaryFolder())
    named.listen.host = "localhost"
    let server = HindcastServer(configuration: named)
    try await server.start()
    #expect(server.boundAddress?.host == "localhost" && server.boundPort > 0)
    try await server.shutdown()
    #expect(server.boundAddress == nil)
  }

  @Test("what was acknowledged is there after a restart, and a resend is answered as before")
  func restart() async throws {
    let folder = TemporaryFolder()
    let producer = ProducerID(low: 3, high: 3)
    let requests = try (1...5).map {
      AppendRequest(try SampleBlocks.encoded(first: $0 * 10), producer: producer, epoch: 1, sequence: UInt64($0))
    }
    var answers: [AppendResponse] = []
    try await withServer(in: folder) { client, _ in answers = try await client.append(requests) }
    try await withServer(in: folder) { client, _ in
      #expect(try await client.readBlocks().map(\.bytes) == requests.map(\.block))
      let again = try await client.append(requests)
      #expect(again.allSatisfy { $0.isDuplicate })
      #expect(again.map(\.position) == answers.map(\.position))
    }
  }

  @Test("shutdown answers what it received, ends open streams with UNAVAILABLE, and takes less than its deadline")
  func drains() async throws {
    let folder = TemporaryFolder()
    let server = HindcastServer(configuration: configuration(in: folder))
    try await server.start()
    let port = server.boundPort
    let sent = 20
    try await withClient(port: port) { client in
      let (acknowledged, acknowledgements) = AsyncStream.makeStream(of: UInt64.self)
      let appending = Task { () -> RPCError? in
        await rpcError {
          try await client.append(answers: { messages in
            defer { acknowledgements.finish() }
            for try await answer in messages where answer.error == nil { acknowledgements.yield(answer.position) }
          }) { writer in
            for number in 0..<sent { try await writer.write(AppendRequest(try SampleBlocks.encoded(first: number))) }
            // Keeps the stream open.
            try await Task.sleep(for: .seconds(60))
          }
        }
      }
      let following = Task { () -> RPCError? in
        await rpcError { _ = try await client.read(ReadRequest(ReadQuery(), follows: true)) }
      }
      let watching = Task {
        try await client.stream(HealthMethods.watch, HealthCheckRequest()) {
          (messages: RPCAsyncSequence<HealthCheckResponse, any Error>) in
          var statuses: [HealthCheckResponse.ServingStatus] = []
          do { for try await message in messages { statuses.append(message.status) } } catch {}
          return statuses
        }
      }
      var positions: [UInt64] = []
      for await position in acknowledged {
        positions.append(position)
        if positions.count == sent { break }
      }
      let clock = ContinuousClock()
      let start = clock.now
      try await server.shutdown(deadline: .seconds(10))
      #expect(clock.now - start < .seconds(5))
      #expect(positions == (1...UInt64(sent)).map { $0 })
      #expect(await appending.value?.code == .unavailable)
      #expect(await following.value?.code == .unavailable)
      #expect(try await watching.value.first == .serving)
    }
    // Nothing holds the port or the directory.
    try await withServer(in: folder) {
      $0.listen.port = UInt16(port)
    } _: { client, _ in
      let stored = try await client.readBlocks()
      #expect(stored.count == sent)
    }
  }

  @Test("shutdown under load loses nothing that was acknowledged")
  func drainsUnderLoad() async throws {
    let folder = TemporaryFolder()
    let server = HindcastServer(configuration: configuration(in: folder))
    try await server.start()
    var positions: Set<UInt64> = []
    let (acknowledged, acknowledge) = AsyncStream.makeStream(of: UInt64.self)
    try await withClient(port: server.boundPort) { client in
      let appending = (0..<4).map { stream in
        Task { () -> RPCError? in
          await rpcError {
            try await client.append(answers: { messages in
              for try await answer in messages where answer.error == nil { acknowledge.yield(answer.position) }
            }) { writer in
              // The transport lets a client write on after the server has ended the stream; its task is cancelled then.
              let block = try SampleBlocks.encoded(rows: 1_000, first: stream * 1_000, extraFeatures: 30)
              while !Task.isCancelled { try await writer.write(AppendRequest(block)) }
            }
          }
        }
      }
      // All streams are in the middle of it.
      var count = 0
      for await position in acknowledged {
        positions.insert(position)
        count += 1
        if count == 50 { break }
      }
      let clock = ContinuousClock()
      let start = clock.now
      try await server.shutdown(deadline: .seconds(10))
      #expect(clock.now - start < .seconds(5))
      for task in appending { #expect(await task.value?.code == .unavailable) }
    }
    acknowledge.finish()
    for await position in acknowledged { positions.insert(position) }
    try await withServer(in: folder) { client, _ in
      let stored = Set(try await client.readBlocks().map(\.position))
      #expect(positions.isSubset(of: stored))
    }
  }

  @Test("a reader that takes nothing does not hold the shutdown up")
  func stalledReader() async throws {
    let server = HindcastServer(configuration: configuration(in: TemporaryFolder()))
    try await server.start()
    try await withClient(port: server.boundPort) { client in
      let block = try SampleBlocks.encoded(rows: 4_000, extraFeatures: 30)
      // More than the windows and buffers on the way hold.
      for _ in 0..<40 { _ = try await client.put(AppendRequest(block)) }
      let (reading, isReading) = AsyncStream.makeStream(of: Void.self)
      let reader = Task {
        try? await client.stream(HindcastMethods.read, ReadRequest(ReadQuery())) {
          (messages: RPCAsyncSequence<StoredItem, any Error>) in
          for try await _ in messages {
            isReading.finish()
            try await Task.sleep(for: .seconds(60))
          }
        }
      }
      for await _ in reading {}
      let clock = ContinuousClock()
      let start = clock.now
      try await server.shutdown(deadline: .seconds(4))
      #expect(clock.now - start < .seconds(5))
      reader.cancel()
    }
  }

  @Test("run serves until its task is cancelled, and leaves the port free")
  func run() async throws {
    let folder = TemporaryFolder()
    let configuration = configuration(in: folder)
    let (ports, port) = AsyncStream.makeStream(of: UInt16.self)
    let running = Task { try await HindcastServer.run(configuration: configuration) { port.yield($0.port) } }
    var bound: UInt16 = 0
    for await each in ports {
      bound = each
      break
    }
    try await withClient(port: Int(bound)) { client in
      let stored = try await client.putSample()
      #expect(stored == 1)
    }
    running.cancel()
    try await running.value
    try await withServer(in: folder) {
      $0.listen.port = bound
    } _: { client, _ in
      let stored = try await client.readBlocks()
      #expect(stored.count == 1)
    }
  }

  @Test("health serves, watches see the end, and unknown services are told apart")
  func health() async throws {
    try await withServer { client, _ in
      #expect(try await client.health() == .serving)
      #expect(try await client.health("hindcast.v1.Hindcast") == .serving)
      #expect(await rpcError { _ = try await client.health("no.such.Service") }?.code == .notFound)
      let watched = try await client.stream(HealthMethods.watch, HealthCheckRequest(service: "no.such.Service")) {
        (messages: RPCAsyncSequence<HealthCheckResponse, any Error>) in
        var statuses: [HealthCheckResponse.ServingStatus] = []
        for try await message in messages { statuses.append(message.status) }
        return statuses
      }
      #expect(watched == [.serviceUnknown])
    }
  }
}
