import Foundation
import HindcastFormat
import HindcastServer
import HindcastStorage
import Testing

@testable import Hindcast

/// Clients with a spool in a real directory, before a real server.
@Suite(.timeLimit(.minutes(2))) struct SpoolClientTests {
  let recorder = LogRecorder()
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hindcast-spool-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  private var spool: String { folder.appendingPathComponent("spool").path }

  private func server(port: Int = 0) async throws -> HindcastServer {
    let server = HindcastServer(
      configuration: ServerConfiguration(
        dataDirectory: folder.appendingPathComponent("data").path,
        listen: ListenAddress(host: "127.0.0.1", port: UInt16(port)))
    )
    try await server.start()
    return server
  }

  private func client(port: Int, directory: String? = nil, waitingBytes: Int = 200_000) throws -> HindcastClient {
    var configuration = HindcastClient.Configuration.forTests(recorder)
    configuration.whenFull = .spool(HindcastClient.SpoolOptions(directory: directory ?? spool))
    configuration.waitingBytes = waitingBytes
    configuration.blockRows = 100
    return try HindcastClient(server: "127.0.0.1:\(port)", configuration: configuration)
  }

  private func log(_ client: HindcastClient, _ range: Range<Int>) {
    let logger = client.logger(model: "m", version: "1")
    for index in range { logger.log(id: "id-\(index)", features: ["index": .int(index)]) }
  }

  /// Slowly enough for the spool to keep up.
  private func logAll(_ client: HindcastClient, _ range: Range<Int>) async throws {
    for start in stride(from: range.lowerBound, to: range.upperBound, by: 200) {
      log(client, start..<min(start + 200, range.upperBound))
      _ = try await eventually { client.counters.waitingBytes < 150_000 }
    }
  }

  private func spooledFiles() -> [String] {
    (FileManager.default.enumerator(atPath: spool)?.compactMap { $0 as? String } ?? []).filter {
      $0.hasSuffix(".blocks")
    }
  }

  private func storedIDs(_ server: HindcastServer) async throws -> [String] {
    let reader = try RemoteReader(server: "127.0.0.1:\(server.boundPort)")
    var ids: [String] = []
    for try await item in reader.read(ReadQuery()) {
      guard case .block(let stored) = item else { continue }
      let block = try BlockDecoder.decode(stored.bytes)
      guard case .strings(let strings)? = block.ids?.values else { continue }
      for index in 0..<strings.count { ids.append(strings.string(index)) }
    }
    return ids
  }

  private func freePort() async throws -> Int {
    let server = try await server()
    let port = server.boundPort
    try await server.shutdown(deadline: .seconds(5))
    return port
  }

  @Test("with the server away far more than memory holds is kept, and all of it arrives once when it is back")
  func serverAway() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let port = try await freePort()
    let client = try client(port: port)
    try await logAll(client, 0..<60_000)
    #expect(client.counters.dropped == 0)
    #expect(client.counters.waitingBytes < 200_000)
    #expect(client.counters.waiting == 60_000)
    let server = try await server(port: port)
    try await client.flush()
    #expect(client.counters.acknowledged == 60_000)
    let counters = await client.shutdown()
    #expect(counters.waiting == 0)
    let ids = try await storedIDs(server)
    #expect(ids.count == 60_000)
    #expect(Set(ids) == Set((0..<60_000).map { "id-\($0)" }))
    #expect(spooledFiles().isEmpty)
    try await server.shutdown(deadline: .seconds(5))
  }

  @Test("what one process leaves in the spool the next one sends, once")
  func restart() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let port = try await freePort()
    let first = try client(port: port)
    try await logAll(first, 0..<5_000)
    let left = await first.shutdown(deadline: .milliseconds(300))
    #expect(left.waiting == 5_000)
    #expect(left.dropped == 0)
    #expect(!spooledFiles().isEmpty)
    let server = try await server(port: port)
    let second = try client(port: port)
    log(second, 5_000..<5_100)
    try await second.flush()
    #expect(try await eventually { second.counters.recoveredAcknowledged == 5_000 })
    #expect(second.counters.recovered == 5_000)
    #expect(second.counters.acknowledged == 100)
    await second.shutdown()
    let ids = try await storedIDs(server)
    #expect(ids.count == 5_100)
    #expect(Set(ids).count == 5_100)
    #expect(spooledFiles().isEmpty)
    try await server.shutdown(deadline: .seconds(5))
  }

  @Test("a copy of the spool from the midst of sending, which is what a kill leaves, doubles nothing")
  func killedInTheMidst() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let port = try await freePort()
    let first = try client(port: port)
    try await logAll(first, 0..<20_000)
    let server = try await server(port: port)
    #expect(try await eventually { first.counters.acknowledged > 2_000 })
    let copy = folder.appendingPathComponent("copy")
    // Files may go while they are copied.
    var isCopied = false
    for _ in 0..<50 where !isCopied {
      try? FileManager.default.removeItem(at: copy)
      isCopied = (try? FileManager.default.copyItem(atPath: spool, toPath: copy.path)) != nil
    }
    #expect(isCopied)
    try await first.flush()
    let second = try client(port: port, directory: copy.path)
    #expect(try await eventually { second.counters.recovered == second.counters.recoveredAcknowledged })
    try await Task.sleep(for: .milliseconds(100))
    #expect(second.counters.recoveredLost == 0)
    await first.shutdown()
    await second.shutdown()
    let ids = try await storedIDs(server)
    #expect(ids.count == 20_000)
    #expect(Set(ids).count == 20_000)
    try await server.shutdown(deadline: .seconds(5))
  }

  @Test("two clients with one directory keep apart, and a restart of the server loses nothing")
  func sharedDirectory() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let first = try await server()
    let port = first.boundPort
    let clients = try [client(port: port), client(port: port)]
    try await logAll(clients[0], 0..<3_000)
    try await logAll(clients[1], 3_000..<6_000)
    try await first.shutdown(deadline: .seconds(5))
    try await logAll(clients[0], 6_000..<9_000)
    let second = try await server(port: port)
    for client in clients { try await client.flush() }
    for client in clients {
      let counters = await client.shutdown()
      #expect(counters.waiting == 0)
      #expect(counters.recovered == 0)
    }
    let ids = try await storedIDs(second)
    #expect(ids.count == 9_000)
    #expect(Set(ids).count == 9_000)
    #expect(spooledFiles().isEmpty)
    try await second.shutdown(deadline: .seconds(5))
  }

  @Test("a directory that can't be made turns the spool off, with a word, and events go out as without")
  func noDirectory() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let server = try await server()
    let file = folder.appendingPathComponent("file")
    try Data("x".utf8).write(to: file)
    let client = try client(port: server.boundPort, directory: file.appendingPathComponent("spool").path)
    log(client, 0..<1_000)
    try await client.flush()
    #expect(client.counters.acknowledged == 1_000)
    #expect(recorder.contains("the spool is off"))
    await client.shutdown()
    try await server.shutdown(deadline: .seconds(5))
  }

  @Test("a lock keeps out others, in this process too, until it is let go of")
  func locks() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let disk = PosixSpoolDisk()
    try disk.makeDirectory(folder.path)
    let path = folder.appendingPathComponent("lock").path
    #expect(try disk.lock(path, creates: false) == nil)
    var held = try disk.lock(path, creates: true)
    #expect(held != nil)
    #expect(try disk.lock(path, creates: true) == nil)
    held = nil
    #expect(try disk.lock(path, creates: false) != nil)
  }
}
