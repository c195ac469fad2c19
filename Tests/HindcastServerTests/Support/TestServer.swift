import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import HindcastFormat
import HindcastServer
import HindcastWire

/// A folder that is gone when the last reference is.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("hindcast-server-\(UUID().uuidString)").path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

func configuration(in folder: TemporaryFolder) -> ServerConfiguration {
  var configuration = ServerConfiguration(
    dataDirectory: folder.path, listen: ListenAddress(host: "127.0.0.1", port: 0))
  configuration.softwareVersion = "test"
  return configuration
}

/// A real server on a loopback port, and a client connected to it.
func withServer(
  in folder: TemporaryFolder = TemporaryFolder(),
  security: HTTP2ClientTransport.Posix.TransportSecurity = .plaintext,
  _ change: (inout ServerConfiguration) -> Void = { _ in },
  _ body: (TestClient, HindcastServer) async throws -> Void
) async throws {
  var configuration = configuration(in: folder)
  change(&configuration)
  let server = HindcastServer(configuration: configuration)
  try await server.start()
  do {
    try await withClient(port: server.boundPort, security: security) { try await body($0, server) }
  } catch {
    try await server.shutdown(deadline: .seconds(5))
    throw error
  }
  try await server.shutdown(deadline: .seconds(5))
}

func withClient(
  port: Int, security: HTTP2ClientTransport.Posix.TransportSecurity = .plaintext,
  _ body: (TestClient) async throws -> Void
) async throws {
  let transport = try HTTP2ClientTransport.Posix(
    target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: security,
    config: .defaults { config in
      config.http2.targetWindowSize = WireLimits.windowBytes
      config.http2.maxFrameSize = WireLimits.frameBytes
    })
  try await withGRPCClient(transport: transport) { try await body(TestClient(grpc: $0)) }
}
