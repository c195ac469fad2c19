internal import ArgumentParser
internal import Hindcast

/// How every command that talks to a server comes in: TLS and token. What no option says, the SDK's variables of the
/// environment do.
struct ConnectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Speak TLS, and believe the certificates in this PEM file; `system`: those that this machine has. Default: $HINDCAST_TLS_CA, else no TLS.",
      valueName: "file"))
  var tlsCa: String?

  @Option(
    help: ArgumentHelp(
      "Show this certificate (PEM) to the server. Default: $HINDCAST_TLS_CERTIFICATE.", valueName: "file"))
  var tlsCertificate: String?

  @Option(help: ArgumentHelp("The certificate's key (PEM). Default: $HINDCAST_TLS_KEY.", valueName: "file"))
  var tlsKey: String?

  @Option(
    help: ArgumentHelp(
      "The name that the server's certificate bears, if it is not the address's. Default: $HINDCAST_TLS_SERVER_NAME.",
      valueName: "name"))
  var tlsServerName: String?

  @Option(
    help: ArgumentHelp(
      "Send the token in the first line of this file. Default: $HINDCAST_TOKEN_FILE, or the token in $HINDCAST_TOKEN.",
      valueName: "file"))
  var tokenFile: String?

  @Flag(help: "Send the token without TLS, too, over a network that you trust.")
  var tokenInPlaintext = false

  func validate() throws {
    if (tlsCertificate == nil) != (tlsKey == nil) {
      throw ValidationError("--tls-certificate and --tls-key belong together; give both, or neither.")
    }
  }

  var configuration: HindcastClient.Configuration {
    get throws { try configuration(environment: HindcastClient.Configuration.processEnvironment) }
  }

  func configuration(environment: [String: String]) throws -> HindcastClient.Configuration {
    // The other variables are for services.
    var variables = environment.filter { $0.key.hasPrefix("HINDCAST_TLS_") || $0.key.hasPrefix("HINDCAST_TOKEN") }
    func set(_ name: String, _ value: String?) { if let value { variables[name] = value } }
    if tokenFile != nil { variables["HINDCAST_TOKEN"] = nil }
    set("HINDCAST_TOKEN_FILE", tokenFile)
    set("HINDCAST_TLS_CA", tlsCa)
    set("HINDCAST_TLS_CERTIFICATE", tlsCertificate)
    set("HINDCAST_TLS_KEY", tlsKey)
    set("HINDCAST_TLS_SERVER_NAME", tlsServerName)
    var configuration = try HindcastClient.Configuration(environment: variables)
    configuration.allowsTokenInPlaintext = tokenInPlaintext
    return configuration
  }
}
