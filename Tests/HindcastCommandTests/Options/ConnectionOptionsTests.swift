import ArgumentParser
import Hindcast
import HindcastServer
import Testing

@testable import HindcastCommand

@Suite struct ConnectionOptionsTests {
  private func configuration(
    _ arguments: [String], _ environment: [String: String] = [:]
  ) throws -> HindcastClient.Configuration {
    try ConnectionOptions.parse(arguments).configuration(environment: environment)
  }

  @Test("options stand before the environment, and the environment before the default")
  func order() throws {
    let environment = [
      "HINDCAST_TLS_CA": "env-ca", "HINDCAST_TLS_CERTIFICATE": "env-cert", "HINDCAST_TLS_KEY": "env-key",
      "HINDCAST_TOKEN": "env-token", "HINDCAST_WAITING_BYTES": "for services, wrong, and not looked at",
    ]
    let given = try configuration(
      [
        "--tls-ca", "ca", "--tls-certificate", "cert", "--tls-key", "key", "--tls-server-name", "n", "--token-file",
        "t",
      ],
      environment)
    #expect(
      given.security
        == .tls(.init(trustRoots: .file("ca"), certificateFile: "cert", keyFile: "key", serverName: "n")))
    #expect(given.token == .file("t"))
    let inherited = try configuration([], environment)
    #expect(
      inherited.security
        == .tls(.init(trustRoots: .file("env-ca"), certificateFile: "env-cert", keyFile: "env-key")))
    #expect(inherited.token == .value("env-token"))
    let none = try configuration([])
    #expect(none.security == .plaintext && none.token == nil && !none.allowsTokenInPlaintext)
    #expect(try configuration(["--tls-ca", "system"]).security == .tls())
    #expect(try configuration(["--token-in-plaintext"]).allowsTokenInPlaintext)
  }

  @Test("half of a pair is refused, on either side")
  func pairs() {
    for arguments in [["--tls-certificate", "a"], ["--tls-key", "a"]] {
      #expect(throws: (any Error).self) { try ConnectionOptions.parse(arguments) }
      #expect(throws: (any Error).self) { try ServerSecurityOptions.parse(arguments) }
    }
    #expect(throws: (any Error).self) { try ServerSecurityOptions.parse(["--tls-client-ca", "a"]) }
  }

  @Test(
    "every command that talks to a server takes them",
    arguments: [
      ["status"], ["models", "--server", "a"], ["read", "--server", "a"], ["cursors", "--server", "a"],
      ["cursors", "set", "n", "--server", "a", "--position", "1"], ["cursors", "remove", "n", "--server", "a"],
      ["evaluate", "--server", "a", "--model", "m", "--every", "1h"],
      ["replay", "--server", "a", "--model", "m", "--to", "jsonl:x"],
      ["import", "predictions", "--model", "m", "x.csv"],
      ["import", "actuals", "--model", "m", "--label", "l", "x.csv"], ["bench", "--server", "a"],
    ])
  func everywhere(command: [String]) throws {
    _ = try HindcastCommand.parseAsRoot(command + ["--tls-ca", "ca", "--token-file", "t"])
  }
}
