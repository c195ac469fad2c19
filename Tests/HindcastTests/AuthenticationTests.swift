import Hindcast
import HindcastFormat
import HindcastServer
import HindcastWire
import TestCertificates
import Testing

/// Tokens, SDK and server over real sockets.
@Suite(.timeLimit(.minutes(2))) struct AuthenticationTests {
  let recorder = LogRecorder()
  private static let append = "append-0123456789abcdef"
  private static let read = "read-0123456789abcdef"
  private static let admin = "admin-0123456789abcdef"
  private static let table = "logger append \(append)\nreader read \(read)\nboss admin \(admin)\n"

  private func configuration(_ token: HindcastClient.Configuration.Token?) -> HindcastClient.Configuration {
    var configuration = HindcastClient.Configuration.forTests(recorder)
    configuration.token = token
    configuration.deniedDelay = .milliseconds(200)
    return configuration
  }

  private func withServer(_ body: (RealServer, TestCertificates) async throws -> Void) async throws {
    let files = try TestCertificates()
    let tokens = try files.write(Self.table, to: "tokens")
    try await RealServer.with(security: SecurityFiles(tokens: tokens)) { try await body($0, files) }
  }

  @Test("a token lets in to what it has rights for, and to nothing else")
  func rights() async throws {
    try await withServer { server, _ in
      try await HindcastClient(server: server.address, configuration: configuration(.value(Self.append)))
        .logAndShutDown(["a"])
      #expect(try await server.ids(configuration(.value(Self.read))) == ["a"])
      try await HindcastClient(server: server.address, configuration: configuration(.value(Self.admin)))
        .logAndShutDown(["b"])
      #expect(try await server.ids(configuration(.value(Self.admin))) == ["a", "b"])

      let appending = await #expect(throws: HindcastError.self) {
        try await server.ids(configuration(.value(Self.append)))
      }
      #expect(appending?.code == .permissionDenied)
      #expect(appending?.message.contains("'logger' has the right append") == true, "\(appending?.message ?? "")")

      let reader = try RemoteReader(server: server.address, configuration: configuration(.value(Self.read)))
      let moving = await #expect(throws: HindcastError.self) { try await reader.setCursor("nightly", position: 1) }
      #expect(moving?.code == .permissionDenied && moving?.message.contains("admin") == true)
      #expect(try await reader.listModels().count == 1)
      #expect(try await reader.status().counters.first { $0.name == "refused_permission" }?.value ?? 0 >= 2)
      await reader.close()
      let boss = try RemoteReader(server: server.address, configuration: configuration(.value(Self.admin)))
      #expect(try await boss.setCursor("nightly", position: 1).position == 1)
      await boss.close()
    }
  }

  @Test("without a token, and with a wrong one, nobody comes in, and is told what to do; the token shows nowhere")
  func strangers() async throws {
    try await withServer { server, _ in
      let without = await #expect(throws: HindcastError.self) { try await server.ids(configuration(nil)) }
      #expect(without?.code == .unauthenticated && without?.message.contains("wants a token") == true)
      let wrong = configuration(.value("wrong-0123456789abcdef"))
      let error = await #expect(throws: HindcastError.self) { try await server.ids(wrong) }
      #expect(error?.code == .unauthenticated && error?.message.contains("does not know this token") == true)
      for text in server.recorder.lines + recorder.lines + ["\(error?.message ?? "")", "\(wrong)"] {
        #expect(!text.contains("wrong-0123"))
      }
      #expect(String(reflecting: wrong).contains("wrong-0123") == false)
      #expect(server.recorder.contains("a call is refused"))
    }
  }

  @Test("a client that is refused warns once, keeps its events, and gets through when its token's file is mended")
  func mended() async throws {
    try await withServer { server, files in
      let path = try files.write("stale-0123456789abcdef", to: "token")
      let client = try HindcastClient(server: server.address, configuration: configuration(.file(path)))
      client.logger(model: "m", version: "1").log(id: "a", outputs: ["score": 0.5])
      #expect(try await eventually { recorder.contains("refuses this client") })
      // Long enough for several attempts.
      try await Task.sleep(for: .seconds(1))
      #expect(recorder.lines.count { $0.contains("refuses this client") } == 1)
      #expect(client.counters.waiting == 1)
      try files.write(Self.append, to: "token")
      try await client.flush(within: .seconds(20))
      #expect(client.counters.acknowledged == 1)
      await client.shutdown()
      #expect(try await server.ids(configuration(.value(Self.read))) == ["a"])
    }
  }

  @Test("the server's file of tokens is read again when it is told to; a broken one leaves the old tokens in place")
  func reload() async throws {
    try await withServer { server, files in
      let late = "late-0123456789abcdef"
      await #expect(throws: HindcastError.self) { try await server.ids(configuration(.value(late))) }
      try files.write("late read \(late)\n", to: "tokens")
      server.reloadSecurity()
      #expect(try await server.ids(configuration(.value(late))).isEmpty)
      await #expect(throws: HindcastError.self) { try await server.ids(configuration(.value(Self.read))) }
      try files.write("late write \(late)\n", to: "tokens")
      server.reloadSecurity()
      #expect(server.recorder.contains("the tokens stay as they were"))
      #expect(try await server.ids(configuration(.value(late))).isEmpty)
    }
  }

  @Test("refusals of one client are no flood: the wait grows")
  func backOff() async throws {
    try await withServer { server, _ in
      let client = try HindcastClient(server: server.address, configuration: configuration(nil))
      client.logger(model: "m").log(id: "a", outputs: ["score": 0.5])
      try await Task.sleep(for: .seconds(2))
      let reader = try RemoteReader(server: server.address, configuration: configuration(.value(Self.admin)))
      let refused = try await reader.status().counters.first { $0.name == "refused_token" }?.value ?? 0
      await reader.close()
      // 0, 0.2, 0.5, 1.0, 1.8 seconds, less a fifth each.
      #expect((1...7).contains(refused), "\(refused)")
      await client.shutdown(deadline: .milliseconds(10))
    }
  }

  @Test("a token does not leave this machine without TLS, unless that is asked for")
  func plaintext() throws {
    var configuration = configuration(.value(Self.append))
    for address in ["10.0.0.1:7400", "log.example", "[2001:db8::1]:7400", "127.0.0.1,log.example"] {
      let error = #expect(throws: HindcastError.self) {
        _ = try HindcastClient(server: address, configuration: configuration)
      }
      #expect(error?.code == .invalidConfiguration && error?.message.contains("without encryption") == true)
      #expect(error?.message.contains(Self.append) == false)
      #expect(throws: HindcastError.self) { _ = try RemoteReader(server: "10.0.0.1", configuration: configuration) }
    }
    for address in ["127.0.0.1", "127.8.0.1:1", "[::1]:7400", "localhost:7400", "unix:/tmp/none"] {
      _ = try HindcastClient(server: address, configuration: configuration)
    }
    configuration.allowsTokenInPlaintext = true
    _ = try HindcastClient(server: "10.0.0.1:7400", configuration: configuration)
    configuration.allowsTokenInPlaintext = false
    configuration.security = .tls()
    _ = try HindcastClient(server: "10.0.0.1:7400", configuration: configuration)
  }

  @Test("a token that cannot stand in a header is refused, as is a file without one")
  func badTokens() throws {
    for token in [HindcastClient.Configuration.Token.value(""), .value("a b"), .value("a\nb"), .file("/none/token")] {
      let error = #expect(throws: HindcastError.self) {
        _ = try HindcastClient(server: "127.0.0.1:1", configuration: configuration(token))
      }
      #expect(error?.code == .invalidConfiguration)
    }
  }
}
