import GRPCCore
import HindcastFormat
import HindcastServer
import HindcastWire
import Testing

/// Peers that do what they should not, over real sockets: what becomes of them, and that nothing of theirs stays.
@Suite struct MisbehaviourTests {
  private static let resourceExhausted = 8
  private static let deadlineExceeded = 4
  private static let enhanceYourCalm: UInt32 = 11

  /// Nothing is held, and nobody is connected but the client that asks.
  private func isQuiet(_ client: TestClient) async throws -> Bool {
    let counters = Dictionary(uniqueKeysWithValues: try await client.status().counters.map { ($0.name, $0.value) })
    return counters["receiving_bytes"] == 0 && counters["sending_bytes"] == 0 && counters["reads_open"] == 0
      && counters["connections_open"] == 1 && counters["streams_open"] == 1
  }

  private func peer(_ server: HindcastServer, window: UInt32 = 65_535, receiveBuffer: Int32? = nil) async throws
    -> RawPeer
  {
    let peer = try RawPeer(port: server.boundPort, receiveBuffer: receiveBuffer)
    try await peer.hello(window: window)
    return peer
  }

  @Test(
    "a message over its method's limit is refused by its prefix, with both sizes; the connection goes on",
    arguments: [
      (HindcastMethods.append, WireLimits.messageBytesMax), (HindcastMethods.put, WireLimits.messageBytesMax),
      (HindcastMethods.read, WireLimits.questionBytesMax), (HindcastMethods.status, WireLimits.questionBytesMax),
    ])
  func oversized(_ method: MethodDescriptor, _ limit: Int) async throws {
    try await withServer { client, server in
      let peer = try await peer(server)
      try await peer.request(method)
      try await peer.data(RawPeer.message([1, 2, 3], length: limit + 1))
      guard case .status(let code, let message) = try await peer.end() else {
        Issue.record("no status")
        return
      }
      #expect(code == Self.resourceExhausted)
      #expect(message.contains("\(limit + 1)") && message.contains("\(limit)"))
      // On the same connection the next stream is served.
      try await peer.request(HindcastMethods.status, stream: 3)
      try await peer.data(RawPeer.message([]), stream: 3, isEnd: true)
      #expect(try await peer.end(stream: 3) == .status(0, ""))
      #expect(try await client.counter("refused_large_messages") == 1)
    }
  }

  @Test("a message that does not become whole in time ends its stream, and its room is free again")
  func slowMessage() async throws {
    try await withServer {
      $0.limits.messagePatience = .seconds(2)
    } _: { client, server in
      _ = try await client.status()
      let peer = try await peer(server)
      try await peer.request(HindcastMethods.append)
      try await peer.data(RawPeer.message(Array(repeating: 1, count: 1_000), length: 1 << 20))
      #expect(try await eventually { try await client.counter("receiving_bytes")! > 1 << 20 })
      guard case .status(let code, let message) = try await peer.end() else {
        Issue.record("no status")
        return
      }
      #expect(code == Self.deadlineExceeded && message.contains("not whole"))
      #expect(try await client.counter("ended_slow_messages") == 1)
      #expect(try await client.counter("receiving_bytes") == 0)
    }
  }

  @Test("a call whose request never ends is ended", arguments: [HindcastMethods.status, HindcastMethods.put])
  func endlessRequest(_ method: MethodDescriptor) async throws {
    try await withServer {
      $0.limits.messagePatience = .milliseconds(300)
    } _: { client, server in
      let peer = try await peer(server)
      try await peer.request(method)
      try await peer.data(RawPeer.message([]))
      guard case .status(let code, _) = try await peer.end() else {
        Issue.record("no status")
        return
      }
      #expect(code == Self.deadlineExceeded)
      _ = client
    }
  }

  @Test("a message that finds no room waits, and one that has held it for long without coming gives way")
  func pressure() async throws {
    let block = try SampleBlocks.encoded(rows: 5_000, extraFeatures: 20)
    try await withServer {
      $0.limits.receivedBytesMax = block.bytes.count + (64 << 10)
      $0.limits.receivedMessageBytesMax = $0.limits.receivedBytesMax
      $0.limits.scarcePatience = .milliseconds(400)
    } _: { client, server in
      let peer = try await peer(server)
      try await peer.request(HindcastMethods.append)
      try await peer.data(RawPeer.message(Array(repeating: 1, count: 1_000), length: block.bytes.count))
      #expect(try await eventually { try await client.counter("receiving_bytes")! >= block.bytes.count })
      let stored = try await client.put(AppendRequest(block)).position
      #expect(stored == 1)
      guard case .status(let code, let message) = try await peer.end() else {
        Issue.record("no status")
        return
      }
      #expect(code == Self.resourceExhausted && message.contains("memory"))
      #expect(try await client.counter("waited_for_room")! >= 1)
      #expect(try await eventually { try await client.counter("receiving_bytes") == 0 })
    }
  }

  /// A log that is larger than all windows and buffers on the way.
  private func fill(_ client: TestClient) async throws {
    let block = try SampleBlocks.encoded(rows: 5_000, extraFeatures: 40)
    for _ in 0..<8 { _ = try await client.put(AppendRequest(block)) }
  }

  @Test("a reader that opens no window loses its stream, and what was held for it")
  func stoppedReader() async throws {
    try await withServer {
      $0.limits.stallPatience = .milliseconds(500)
    } _: { client, server in
      try await fill(client)
      let peer = try await peer(server)
      try await peer.request(HindcastMethods.read)
      try await peer.data(RawPeer.message([]), isEnd: true)
      #expect(try await peer.end() == .reset(Self.enhanceYourCalm))
      // All that it let in, and no more.
      #expect(peer.dataBytes == 65_535)
      #expect(try await client.counter("ended_slow_readers") == 1)
      #expect(try await client.counter("sending_bytes") == 0)
      #expect(try await eventually { try await client.counter("reads_open") == 0 })
    }
  }

  @Test("a reader that does not read its socket loses its connection")
  func stoppedSocket() async throws {
    try await withServer {
      $0.limits.stallPatience = .milliseconds(500)
    } _: { client, server in
      try await fill(client)
      let peer = try await peer(server, window: 1 << 30, receiveBuffer: 4_096)
      try await peer.openWindow(1 << 30, stream: 0)
      try await peer.request(HindcastMethods.read)
      try await peer.data(RawPeer.message([]), isEnd: true)
      #expect(try await eventually { try await client.counter("closed_stalled_connections") == 1 })
      #expect(try await eventually { try await isQuiet(client) })
    }
  }

  @Test("a reader that does not read its socket gives way to others long before it would have been closed")
  func stuckSocket() async throws {
    try await withServer {
      $0.limits.sentBytesMax = 1 << 20
      $0.limits.readShareBytes = 1_024
      $0.limits.scarcePatience = .milliseconds(400)
    } _: { client, server in
      try await fill(client)
      let peer = try await peer(server, window: 1 << 30, receiveBuffer: 4_096)
      try await peer.openWindow(1 << 30, stream: 0)
      try await peer.request(HindcastMethods.read)
      try await peer.data(RawPeer.message([]), isEnd: true)
      #expect(try await eventually { try await client.counter("sending_bytes")! > 0 })
      #expect(try await client.readBlocks().count == 8)
      #expect(try await client.counter("closed_stalled_connections") == 1)
      #expect(try await eventually { try await isQuiet(client) })
    }
  }

  @Test("a reader that takes little, but goes on, is not ended")
  func slowReader() async throws {
    try await withServer {
      $0.limits.stallPatience = .seconds(2)
    } _: { client, server in
      try await fill(client)
      let peer = try await peer(server)
      try await peer.request(HindcastMethods.read)
      try await peer.data(RawPeer.message([]), isEnd: true)
      // Twice the patience.
      for _ in 0..<40 {
        try await Task.sleep(for: .milliseconds(100))
        peer.takeWhatCame()
        for stream: UInt32 in [0, 1] { try await peer.openWindow(32 << 10, stream: stream) }
      }
      #expect(try await client.counter("ended_slow_readers") == 0)
      #expect(try await client.counter("reads_open") == 1)
      // A few batches are held for it, not all that it asked for.
      #expect(try await client.counter("sending_bytes")! <= 4 << 20)
    }
  }

  @Test("peers that vanish in the middle leave nothing behind")
  func vanished() async throws {
    try await withServer { client, server in
      for cut in 0..<4 {
        let peer = try await peer(server)
        switch cut {
        case 0: try await peer.send([0, 0])
        case 1: try await peer.send(Array(RawPeer.frame(.headers, flags: 4, stream: 1, [1, 2, 3]).prefix(10)))
        case 2:
          try await peer.request(HindcastMethods.append)
          try await peer.data(RawPeer.message(Array(repeating: 1, count: 60_000), length: 8 << 20))
        default:
          try await peer.request(HindcastMethods.append)
          try await peer.send(Array(RawPeer.frame(.data, stream: 1, Array(repeating: 0, count: 100)).prefix(50)))
        }
        #expect(try await eventually { try await client.counter("connections_open") == 2 })
      }
      #expect(try await eventually { try await isQuiet(client) })
    }
  }

  @Test("a connection over the limit is told so, and a place that is given up is taken again")
  func connectionLimit() async throws {
    try await withServer {
      $0.limits.connectionsMax = 2
    } _: { client, server in
      #expect(try await client.health() == .serving)
      var second: RawPeer? = try await peer(server)
      _ = try await second?.nextFrame()
      let third = try await peer(server)
      guard case .goAway(let code, let text) = try await third.end() else {
        Issue.record("no GOAWAY")
        return
      }
      #expect(code == Self.enhanceYourCalm && text.contains("2 connections"))
      #expect(try await third.end() == .closed)
      #expect(try await client.counter("refused_connections") == 1)
      second = nil
      #expect(try await eventually { try await client.counter("connections_open") == 1 })
      let fourth = try await peer(server)
      try await fourth.request(HindcastMethods.status)
      try await fourth.data(RawPeer.message([]), isEnd: true)
      #expect(try await fourth.end() == .status(0, ""))
    }
  }

  @Test("a long stream over the limit is refused, while calls are still served")
  func streamLimit() async throws {
    try await withServer {
      $0.limits.longStreamsMax = 1
    } _: { client, server in
      let peer = try await peer(server)
      try await peer.request(HindcastMethods.append, stream: 1)
      #expect(try await eventually { try await client.counter("streams_open") == 2 })
      try await peer.request(HindcastMethods.append, stream: 3)
      guard case .status(let code, let message) = try await peer.end(stream: 3) else {
        Issue.record("no status")
        return
      }
      #expect(code == Self.resourceExhausted && message.contains("1 streams"))
      let stored = try await client.putSample()
      #expect(stored == 1)
      #expect(try await client.counter("refused_streams") == 1)
    }
  }

  @Test("a peer that answers no pings is given up, one that does stays")
  func silence() async throws {
    try await withServer {
      $0.limits.keepaliveInterval = .milliseconds(1_500)
    } _: { client, server in
      let peer = try await peer(server)
      try await peer.request(HindcastMethods.append)
      var frames: [RawPeer.Frame] = []
      while let frame = try await peer.nextFrame() { frames.append(frame) }
      #expect(frames.contains { $0.isOf(.ping) })
      #expect(try await client.counter("closed_silent_connections") == 1)
      #expect(try await eventually { try await isQuiet(client) })
    }
  }

  @Test("a connection without streams is told to go")
  func idleConnection() async throws {
    try await withServer {
      $0.limits.idlePatience = .milliseconds(1_500)
    } _: { client, server in
      let peer = try await peer(server)
      try await peer.request(HindcastMethods.status)
      try await peer.data(RawPeer.message([]), isEnd: true)
      #expect(try await peer.end() == .status(0, ""))
      #expect(try await peer.end() == .goAway(0, ""))
      // Whoever comes back is served.
      let again = try await self.peer(server)
      try await again.request(HindcastMethods.status)
      try await again.data(RawPeer.message([]), isEnd: true)
      #expect(try await again.end() == .status(0, ""))
      _ = client
    }
  }

  @Test("a connection that never speaks HTTP/2 is closed")
  func neverSpeaks() async throws {
    try await withServer {
      $0.limits.idlePatience = .milliseconds(200)
      $0.limits.keepaliveInterval = .milliseconds(400)
    } _: { client, server in
      let peer = try RawPeer(port: server.boundPort)
      while try await peer.nextFrame() != nil {}
      _ = client
    }
  }

  @Test("a client that names another stream than its own changes nothing")
  func spoofedLink() async throws {
    try await withServer { client, server in
      let peer = try await peer(server)
      try await peer.request(HindcastMethods.status, more: [("hindcast-stream", "1")])
      try await peer.data(RawPeer.message([]), isEnd: true)
      #expect(try await peer.end() == .status(0, ""))
      #expect(try await eventually { try await client.counter("streams_open") == 1 })
    }
  }

  @Test("Status tells the bound, and where the process stands")
  func figures() async throws {
    try await withServer { client, _ in
      let status = try await client.status()
      let figures = Dictionary(uniqueKeysWithValues: status.counters.map { ($0.name, $0.value) })
      #expect(figures["memory_bytes_max"] == 1 << 30)
      #expect(figures["connections_open"] == 1 && figures["streams_open"] == 1)
      #if os(Linux)
        #expect(figures["resident_bytes"]! > 1 << 20 && figures["open_descriptors"]! > 3)
      #endif
    }
  }

  @Test("a block too large for the memory of plain reads is refused by name, and readable encoded")
  func plainMemory() async throws {
    try await withServer {
      $0.limits.plainBytesMax = 100_000
    } _: { client, _ in
      _ = try await client.put(AppendRequest(try SampleBlocks.encoded(rows: 10)))
      _ = try await client.put(AppendRequest(try SampleBlocks.encoded(rows: 20_000)))
      var query = ReadQuery()
      query.toPosition = 2
      #expect(try await client.readBlocks(ReadRequest(query, isPlain: true)).count == 1)
      let error = await rpcError { _ = try await client.read(ReadRequest(ReadQuery(), isPlain: true)) }
      #expect(error?.code == .resourceExhausted)
      #expect(error?.message.contains("position 2") == true && error?.message.contains("plain") == true)
      #expect(try await client.readBlocks().count == 2)
      #expect(try await client.counter("plain_bytes") == 0)
    }
  }

  @Test("many large blocks at once wait for memory instead of being refused, and all arrive")
  func admissionWaits() async throws {
    let block = try SampleBlocks.encoded(rows: 2_000, extraFeatures: 20)
    try await withServer {
      $0.limits.messageBytesMax = block.bytes.count * 2
      $0.limits.admittedBytesMax = block.bytes.count * 2
    } _: { client, _ in
      let stored = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 {
          group.addTask {
            try await client.append(Array(repeating: AppendRequest(block), count: 10)).count { $0.error == nil }
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(stored == 40)
      #expect(try await client.counter("refused_memory") == 0)
      #expect(try await client.status().admittedBytes == 0)
    }
  }
}
