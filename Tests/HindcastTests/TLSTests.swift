import Hindcast
import HindcastServer
import TestCertificates
import Testing

/// SDK and server over real sockets with TLS.
@Suite(.timeLimit(.minutes(2))) struct TLSTests {
  let recorder = LogRecorder()

  private func configuration(_ tls: HindcastClient.Configuration.TLS) -> HindcastClient.Configuration {
    var configuration = HindcastClient.Configuration.forTests(recorder)
    configuration.security = .tls(tls)
    return configuration
  }

  private func serverFiles(_ files: TestCertificates, mutual: Bool = false) throws -> SecurityFiles {
    let server = try files.identity("server")
    return SecurityFiles(certificate: server.certificate, key: server.key, clientCA: mutual ? files.ca : nil)
  }

  /// What a reader is told that cannot come in, and that the SDK tells its service the same.
  private func refusal(
    _ server: RealServer, _ configuration: HindcastClient.Configuration, by address: String? = nil
  ) async throws -> String {
    let error = await #expect(throws: HindcastError.self) { try await server.ids(configuration, by: address) }
    #expect(error?.code == .unavailable)
    let client = try HindcastClient(server: address ?? server.address, configuration: configuration)
    let logged = await #expect(throws: HindcastError.self) {
      try await client.logAndShutDown(["never"], within: .milliseconds(500))
    }
    #expect(logged?.code == .deadlineExceeded)
    #expect(client.counters.acknowledged == 0 && client.counters.droppedAtShutdown == 1)
    #expect(!recorder.lines.isEmpty)
    return error?.message ?? ""
  }

  @Test("events go over TLS, by address and by name, and are read back over it")
  func good() async throws {
    let files = try TestCertificates()
    try await RealServer.with(security: serverFiles(files)) { server in
      let tls = configuration(.init(trustRoots: .file(files.ca)))
      try await HindcastClient(server: server.address, configuration: tls).logAndShutDown(["a", "b"])
      try await HindcastClient(server: server.named, configuration: tls).logAndShutDown(["c"])
      #expect(try await server.ids(tls) == ["a", "b", "c"])
      #expect(try await server.ids(tls, by: server.named) == ["a", "b", "c"])
    }
  }

  @Test("a server whose certificate comes from another CA is not believed")
  func wrongCA() async throws {
    let files = try TestCertificates()
    try files.makeCA("stranger")
    try await RealServer.with(security: serverFiles(files)) { server in
      let message = try await refusal(server, configuration(.init(trustRoots: .file(files.path("stranger.pem")))))
      #expect(message.contains("does not come from a CA that is trusted here"), "\(message)")
      #expect(recorder.contains("does not come from a CA that is trusted here"))
      // Nor by the system's CAs.
      let system = try await refusal(server, configuration(.init()))
      #expect(system.contains("does not come from a CA that is trusted here"), "\(system)")
      #expect(server.recorder.contains("a TLS handshake failed"))
    }
  }

  @Test("a certificate for another host is not believed, unless that name is asked for")
  func hostName() async throws {
    let files = try TestCertificates()
    let other = try files.identity("other", for: "DNS:log.example")
    let security = SecurityFiles(certificate: other.certificate, key: other.key)
    try await RealServer.with(security: security) { server in
      for address in [server.address, server.named] {
        let message = try await refusal(server, configuration(.init(trustRoots: .file(files.ca))), by: address)
        #expect(message.contains("for another host name"), "\(message)")
      }
      let named = configuration(.init(trustRoots: .file(files.ca), serverName: "log.example"))
      try await HindcastClient(server: server.address, configuration: named).logAndShutDown(["a"])
      #expect(try await server.ids(named) == ["a"])
    }
  }

  @Test("with a client CA only clients with a certificate from it come in")
  func mutual() async throws {
    let files = try TestCertificates()
    try files.makeCA("stranger")
    let client = try files.identity("client", for: "DNS:fraud-service")
    let stranger = try files.identity("foreign", by: "stranger")
    try await RealServer.with(security: serverFiles(files, mutual: true)) { server in
      let good = configuration(
        .init(trustRoots: .file(files.ca), certificateFile: client.certificate, keyFile: client.key))
      try await HindcastClient(server: server.address, configuration: good).logAndShutDown(["a"])
      #expect(try await server.ids(good) == ["a"])
      let without = try await refusal(server, configuration(.init(trustRoots: .file(files.ca))))
      #expect(without.contains("wants to see a certificate"), "\(without)")
      let foreign = try await refusal(
        server,
        configuration(
          .init(trustRoots: .file(files.ca), certificateFile: stranger.certificate, keyFile: stranger.key)))
      #expect(foreign.contains("does not trust this client's certificate"), "\(foreign)")
      #expect(try await server.ids(good) == ["a"])
    }
  }

  @Test("one side that speaks TLS and one that does not say so")
  func mixed() async throws {
    let files = try TestCertificates()
    try await RealServer.with(security: serverFiles(files)) { server in
      let message = try await refusal(server, .forTests(recorder))
      #expect(message.contains("TLS"), "\(message)")
    }
    try await RealServer.with { server in
      let message = try await refusal(server, configuration(.init(trustRoots: .file(files.ca))))
      #expect(message.contains("does not speak TLS"), "\(message)")
    }
  }

  @Test("a renewed certificate is shown after a reload, and a broken one leaves the old one in place")
  func renewal() async throws {
    let files = try TestCertificates()
    let security = try serverFiles(files)
    try files.makeCA("next")
    try await RealServer.with(security: security) { server in
      let old = configuration(.init(trustRoots: .file(files.ca)))
      try await HindcastClient(server: server.address, configuration: old).logAndShutDown(["a"])
      // Written over the files that the server was given.
      _ = try files.identity("server", by: "next")
      server.reloadSecurity()
      let new = configuration(.init(trustRoots: .file(files.path("next.pem"))))
      try await HindcastClient(server: server.address, configuration: new).logAndShutDown(["b"])
      #expect(try await server.ids(new) == ["a", "b"])
      #expect(try await refusal(server, old).contains("does not come from a CA"))
      try files.write("broken", to: "server.pem")
      server.reloadSecurity()
      #expect(server.recorder.contains("the certificate stays as it was"))
      #expect(try await server.ids(new) == ["a", "b"])
    }
  }

  @Test("files that cannot be used are errors at once, on either side, with the file's name")
  func files() async throws {
    let files = try TestCertificates()
    let server = try files.identity("server")
    let none = files.path("none.pem")
    for security in [
      SecurityFiles(certificate: none, key: server.key), SecurityFiles(certificate: server.certificate, key: none),
      SecurityFiles(certificate: server.certificate, key: server.key, clientCA: none), SecurityFiles(tokens: none),
    ] {
      let error = await #expect(throws: ServerError.self) { _ = try await RealServer(security: security) }
      #expect(error?.code == .security && error?.message.contains(none) == true)
    }
    for tls in [
      HindcastClient.Configuration.TLS(trustRoots: .file(none)), .init(certificateFile: none, keyFile: server.key),
      .init(certificateFile: server.certificate, keyFile: none),
      .init(certificateFile: none), .init(serverName: "127.0.0.1"), .init(serverName: "a:7400"),
    ] {
      let error = #expect(throws: HindcastError.self) {
        _ = try HindcastClient(server: "127.0.0.1:1", configuration: configuration(tls))
      }
      #expect(error?.code == .invalidConfiguration)
      if tls.serverName == nil { #expect(error?.message.contains(none) == true) }
    }
  }
}
