import ArgumentParser
import HindcastServer
import Logging

@testable import HindcastCommand

/// A server on loopback, in this process, on a directory that goes away with the test.
final class TestServer: Sendable {
  let data: String
  let address: String
  private let server: HindcastServer

  init(data: String) async throws {
    self.data = data
    // Background noise of a test run is of no use to anybody.
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    server = HindcastServer(
      configuration: ServerConfiguration(
        dataDirectory: data, listen: ListenAddress(host: "127.0.0.1", port: 0), logger: logger))
    try await server.start()
    address = "127.0.0.1:\(server.boundPort)"
  }

  func stop() async throws { try await server.shutdown(deadline: .seconds(5)) }

  /// Runs with a server, and stops it whatever happens.
  static func with<Value>(data: String, _ body: (TestServer) async throws -> Value) async throws -> Value {
    let server = try await TestServer(data: data)
    do {
      let value = try await body(server)
      try await server.stop()
      return value
    } catch {
      try? await server.stop()
      throw error
    }
  }
}

/// Runs a command as the command line would, but quietly.
func run(_ arguments: [String]) async throws {
  var command = try HindcastCommand.parseAsRoot(arguments)
  if var command = command as? any AsyncParsableCommand {
    try await command.run()
  } else {
    try command.run()
  }
}
