internal import ArgumentParser
internal import HindcastServer

/// The files that tell a server whom to let in.
struct ServerSecurityOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Speak TLS only, with the certificate in this PEM file, those between it and its CA behind it.",
      valueName: "file"))
  var tlsCertificate: String?

  @Option(help: ArgumentHelp("The certificate's key, in PEM.", valueName: "file"))
  var tlsKey: String?

  @Option(
    help: ArgumentHelp(
      "Take only clients with a certificate that comes from one of these, in PEM. Read at the start only.",
      valueName: "file"))
  var tlsClientCa: String?

  @Option(
    help: ArgumentHelp("Take only calls with a token of this file; what stands in it is said above.", valueName: "file")
  )
  var tokenFile: String?

  func validate() throws {
    if let contradiction = files.contradiction { throw ValidationError("\(contradiction).") }
  }

  var files: SecurityFiles {
    SecurityFiles(certificate: tlsCertificate, key: tlsKey, clientCA: tlsClientCa, tokens: tokenFile)
  }
}
