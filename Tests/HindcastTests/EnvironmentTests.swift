import Hindcast
import Testing

@Suite struct EnvironmentTests {
  private typealias Configuration = HindcastClient.Configuration

  @Test("every variable is heard; those that are empty or absent leave the default")
  func values() throws {
    let some = try Configuration(environment: [
      "HINDCAST_SERVER": "a:7400,b:7400", "HINDCAST_TOKEN_FILE": "/run/token", "HINDCAST_TLS_CA": "/run/ca.pem",
      "HINDCAST_TLS_CERTIFICATE": "/run/client.pem", "HINDCAST_TLS_KEY": "/run/client.key",
      "HINDCAST_TLS_SERVER_NAME": "log.example", "HINDCAST_FLUSH_INTERVAL_MS": "250",
      "HINDCAST_WAITING_BYTES": "1048576",
      "HINDCAST_ZLIB_ONLY": "true", "PATH": "/bin",
    ])
    #expect(some.server == "a:7400,b:7400")
    #expect(some.token == .file("/run/token"))
    #expect(
      some.security
        == .tls(
          .init(
            trustRoots: .file("/run/ca.pem"), certificateFile: "/run/client.pem", keyFile: "/run/client.key",
            serverName: "log.example")))
    #expect(some.flushInterval == .milliseconds(250) && some.waitingBytes == 1_048_576 && some.usesZlibOnly)

    for environment in [[:], ["HINDCAST_SERVER": "", "HINDCAST_TLS_CA": "", "HINDCAST_ZLIB_ONLY": ""]] {
      let none = try Configuration(environment: environment)
      #expect(none.server == "127.0.0.1:7400" && none.token == nil && none.security == .plaintext)
      #expect(none.flushInterval == Configuration().flushInterval && !none.usesZlibOnly)
    }
    #expect(try Configuration(environment: ["HINDCAST_TOKEN": "t"]).token == .value("t"))
    #expect(try Configuration(environment: ["HINDCAST_TLS_CA": "system"]).security == .tls())
    #expect(try Configuration(environment: ["HINDCAST_TLS_SERVER_NAME": "x"]).security == .tls(.init(serverName: "x")))
  }

  @Test(
    "a wrong value is an error with the variable's name",
    arguments: [
      ["HINDCAST_SERVER": "a:b"], ["HINDCAST_TOKEN": "a", "HINDCAST_TOKEN_FILE": "b"],
      ["HINDCAST_TLS_CERTIFICATE": "a"], ["HINDCAST_TLS_KEY": "a"], ["HINDCAST_FLUSH_INTERVAL_MS": "1s"],
      ["HINDCAST_FLUSH_INTERVAL_MS": "0"], ["HINDCAST_WAITING_BYTES": "-1"], ["HINDCAST_WAITING_BYTES": "64MiB"],
      ["HINDCAST_ZLIB_ONLY": "yes"],
    ])
  func wrong(environment: [String: String]) {
    let error = #expect(throws: HindcastError.self) { _ = try Configuration(environment: environment) }
    #expect(error?.code == .invalidConfiguration)
    #expect(environment.keys.contains { error?.message.contains($0) == true }, "\(error?.message ?? "")")
  }
}
