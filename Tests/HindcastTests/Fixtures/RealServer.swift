import Foundation
import Hindcast
import HindcastFormat
import HindcastServer
import HindcastWire
import Logging

/// The real server in this process, on a loopback port and a folder of its own.
final class RealServer: Sendable {
  private let server: HindcastServer
  private let folder: String
  let recorder: LogRecorder
  let port: UInt16

  var address: String { "127.0.0.1:\(port)" }
  /// The same by a name.
  var named: String { "localhost:\(port)" }

  init(
    port: UInt16 = 0, security: SecurityFiles = SecurityFiles(),
    _ change: (inout ServerConfiguration) -> Void = { _ in }
  ) async throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("hindcast-real-\(UUID().uuidString)").path
    let recorder = LogRecorder()
    self.recorder = recorder
    var configuration = ServerConfiguration(
      dataDirectory: folder, listen: ListenAddress(host: "127.0.0.1", port: port),
      logger: Logger(label: "server") { _ in recorder })
    configuration.security = security
    change(&configuration)
    server = HindcastServer(configuration: configuration)
    try await server.start()
    self.port = UInt16(server.boundPort)
  }

  func reloadSecurity() { server.reloadSecurity() }

  func stop() async throws { try await server.shutdown(deadline: .milliseconds(500)) }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The ids of all stored rows, in the order of the log, by whatever way in is given.
  func ids(_ configuration: HindcastClient.Configuration = .init(), by address: String? = nil) async throws -> [String]
  {
    let reader = try RemoteReader(server: address ?? self.address, configuration: configuration)
    do {
      var ids: [String] = []
      for try await item in reader.read(ReadQuery()) {
        guard case .block(let stored) = item,
          case .strings(let values)? = try BlockDecoder.decode(stored.bytes).ids?.values
        else { continue }
        ids += (0..<values.count).map { values.string($0) }
      }
      await reader.close()
      return ids
    } catch {
      await reader.close()
      throw error
    }
  }

  /// Runs with a server, and stops it whatever happens.
  static func with(
    security: SecurityFiles = SecurityFiles(), _ change: (inout ServerConfiguration) -> Void = { _ in },
    _ body: (RealServer) async throws -> Void
  ) async throws {
    let server = try await RealServer(security: security, change)
    do {
      try await body(server)
    } catch {
      try? await server.stop()
      throw error
    }
    try await server.stop()
  }
}

extension HindcastClient {
  /// Logs these ids and waits until the server has them, then ends, whatever happens.
  func logAndShutDown(_ ids: [String], within limit: Duration = .seconds(20)) async throws {
    let logger = logger(model: "m", version: "1")
    for id in ids { logger.log(id: id, features: ["x": 1], outputs: ["score": 0.5]) }
    do {
      try await flush(within: limit)
    } catch {
      await shutdown(deadline: .zero)
      throw error
    }
    await shutdown()
  }
}
