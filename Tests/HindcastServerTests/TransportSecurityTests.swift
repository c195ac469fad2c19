import GRPCCore
import GRPCNIOTransportHTTP2Posix
import HindcastFormat
import HindcastSecurity
import HindcastWire
import TestCertificates
import Testing

@testable import HindcastServer

/// The gates behind TLS, and what calls take which rights.
@Suite(.timeLimit(.minutes(2))) struct TransportSecurityTests {
  private func withTLS(
    _ change: (inout ServerConfiguration) -> Void = { _ in },
    _ body: (TestClient, HindcastServer, TestCertificates) async throws -> Void
  ) async throws {
    let files = try TestCertificates()
    let identity = try files.identity("server")
    let security = HTTP2ClientTransport.Posix.TransportSecurity.tls {
      $0.trustRoots = .certificates([.file(path: files.ca, format: .pem)])
    }
    try await withServer(security: security) {
      $0.security = SecurityFiles(certificate: identity.certificate, key: identity.key)
      change(&$0)
    } _: {
      try await body($0, $1, files)
    }
  }

  @Test("a connection over the limit is told so behind TLS, too")
  func connections() async throws {
    try await withTLS {
      $0.limits.connectionsMax = 1
    } _: { client, server, files in
      _ = try await client.status()
      let bytes = try await TLSPeer(port: server.boundPort, ca: files.ca).untilClosed()
      #expect(String(decoding: bytes, as: UTF8.self).contains("1 connections are open, which is this server's limit"))
      #expect(try await client.counter("refused_connections") == 1)
      #expect(try await client.counter("failed_handshakes") == 0)
    }
  }

  @Test("a peer that does not finish the handshake, or speaks something else, is closed and counted")
  func handshake() async throws {
    try await withTLS {
      $0.limits.handshakePatience = .milliseconds(500)
    } _: { client, server, _ in
      _ = try await client.status()
      let silent = try RawPeer(port: server.boundPort)
      #expect(try await silent.end() == .closed)
      #expect(try await client.counter("failed_handshakes") == 1)
      // HTTP/2 without TLS.
      let plain = try RawPeer(port: server.boundPort)
      try? await plain.hello(window: 65_535)
      _ = try? await plain.end()
      for _ in 0..<100 where try await client.counter("failed_handshakes") != 2 {
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(try await client.counter("failed_handshakes") == 2)
      #expect(try await client.counter("connections_open") == 1)
    }
  }

  @Test("blocks large and small, limits and stalled readers are behind TLS what they are without it")
  func streams() async throws {
    try await withTLS {
      $0.limits.stallPatience = .seconds(1)
    } _: { client, _, _ in
      let large = try SampleBlocks.encoded(rows: 20_000)
      for _ in 0..<16 { _ = try await client.put(AppendRequest(large)) }
      #expect(try await client.readBlocks().count == 16)
      let oversized = await rpcError {
        try await client.putBytes([UInt8](repeating: 0, count: WireLimits.messageBytesMax + 1))
      }
      #expect(oversized?.code == .resourceExhausted)
      // More than the windows hold, and nobody takes it.
      for _ in 0..<64 { _ = try await client.put(AppendRequest(large)) }
      let stalled = await rpcError {
        try await client.stream(HindcastMethods.read, ReadRequest(ReadQuery())) {
          (messages: RPCAsyncSequence<StoredItem, any Error>) in
          var iterator = messages.makeAsyncIterator()
          _ = try await iterator.next()
          try await Task.sleep(for: .seconds(6))
          while try await iterator.next() != nil {}
        }
      }
      // To this client every stream that is reset is UNAVAILABLE.
      #expect(stalled?.code == .unavailable)
      #expect(try await client.counter("ended_slow_readers") == 1)
      #expect(try await client.putSample() > 0)
    }
  }

  @Test("every method takes the right that it should, and an unknown path takes all of them")
  func rights() {
    let expected: [(String, AccessRights?)] = [
      ("/hindcast.v1.Hindcast/Append", .append), ("/hindcast.v1.Hindcast/Put", .append),
      ("/hindcast.v1.Hindcast/Read", .read), ("/hindcast.v1.Hindcast/Status", .read),
      ("/hindcast.v1.Hindcast/ListModels", .read), ("/hindcast.v1.Hindcast/DescribeModel", .read),
      ("/hindcast.v1.Hindcast/SetCursor", .admin), ("/hindcast.v1.Hindcast/RemoveCursor", .admin),
      ("/grpc.health.v1.Health/Check", nil), ("/grpc.health.v1.Health/Watch", nil), ("", .admin),
      ("hindcast.v1.Hindcast/Append", .admin), ("//hindcast.v1.Hindcast/Append", .admin),
      ("/grpc.health.v1.Health/Check/", .admin), ("/grpc.health.v1.Health/", .admin),
    ]
    for (path, rights) in expected { #expect(Authenticator.rights(for: path) == rights, "\(path)") }
  }

  @Test("calls without a token are refused before anything is read of them; health needs none")
  func tokens() async throws {
    let files = try TestCertificates()
    let token = "0123456789abcdef"
    let tokens = try files.write("t admin \(token)", to: "tokens")
    try await withServer {
      $0.security.tokens = tokens
    } _: { client, server in
      #expect(try await client.health() == .serving)
      #expect(await rpcError { _ = try await client.status() }?.code == .unauthenticated)
      #expect(await rpcError { _ = try await client.putSample() }?.code == .unauthenticated)
      #expect(
        await rpcError { _ = try await client.append([AppendRequest(try SampleBlocks.encoded())]) }?.code
          == .unauthenticated)
      for (authorization, code) in [
        ("Bearer \(token)", nil), ("bearer \(token)", nil), ("BEARER \(token)", nil),
        ("Bearer  \(token)", RPCError.Code.unauthenticated), ("Bearer \(token)x", .unauthenticated),
        ("Bearer ", .unauthenticated), ("Bearer", .unauthenticated), (token, .unauthenticated),
        ("Basic \(token)", .unauthenticated), ("Bearer \(String(repeating: "x", count: 5_000))", .unauthenticated),
      ] {
        let error = await rpcError { _ = try await client.status(metadata: ["authorization": "\(authorization)"]) }
        #expect(error?.code == code, "\(authorization.prefix(40))")
      }
      let unknown = await rpcError { try await client.call("hindcast.v1.Hindcast/Nothing") }
      #expect(unknown?.code == .unauthenticated)
      let status = try await client.status(metadata: ["authorization": "Bearer \(token)"])
      #expect(status.counters.first { $0.name == "refused_token" }?.value == 11)
      #expect(status.counters.first { $0.name == "streams_open" }?.value == 1)
    }
  }

  @Test("a listener for other machines is loud about what it lacks; one for this machine is not")
  func announcements() throws {
    let files = try TestCertificates()
    let identity = try files.identity("server", days: 30)
    let tokens = try files.write("t admin 0123456789abcdef", to: "tokens")
    let tls = SecurityFiles(certificate: identity.certificate, key: identity.key)
    var mutual = tls
    mutual.clientCA = files.ca
    var both = tls
    both.tokens = tokens
    func warnings(_ security: SecurityFiles, _ host: String) throws -> [String] {
      let lines = LogLines()
      try ServerSecurity(security).announce(at: ListenAddress(host: host, port: 7400), to: lines.logger)
      return lines.all
    }
    for host in ["127.0.0.1", "127.1.2.3", "::1", "localhost"] { #expect(try warnings(SecurityFiles(), host).isEmpty) }
    for host in ["0.0.0.0", "::", "10.0.0.1", "log.example", "127.0.0.1.example"] {
      #expect(try warnings(SecurityFiles(), host).count == 2)
    }
    #expect(try warnings(SecurityFiles(tokens: tokens), "::").first?.contains("tokens included") == true)
    #expect(try warnings(tls, "::").first?.contains("NOBODY IS ASKED") == true)
    #expect(try warnings(mutual, "::").isEmpty)
    #expect(try warnings(both, "::").isEmpty)
  }
}
