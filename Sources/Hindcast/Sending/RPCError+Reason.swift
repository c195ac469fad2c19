internal import GRPCCore

extension RPCError {
  /// What went wrong, with what lies behind it and what to do about that, as far as it is known.
  var reason: String {
    guard let cause = rootCause else {
      guard message.contains(Self.closedAtOnce) else { return message }
      return """
        the server closes the connection at once: it speaks TLS and this client does not (--tls-ca, HINDCAST_TLS_CA), or \
        it is no gRPC server (\(message))
        """
    }
    let text = "\(cause)"
    for (sign, meaning) in Self.meanings where text.contains(sign) { return "\(meaning) (\(Self.shortened(text)))" }
    return "\(message) (\(Self.shortened(text)))"
  }

  /// Whether the connection failed at something that trying again does not mend.
  var isAboutSecurity: Bool {
    guard let cause = rootCause else { return false }
    let text = "\(cause)"
    return Self.meanings.contains { text.contains($0.0) }
  }

  /// As the transport says it.
  private static let closedAtOnce = "closed the connection before completing"

  private var rootCause: (any Error)? {
    var cause = cause
    var depth = 0
    while let error = cause as? RPCError, let next = error.cause, depth < 8 {
      cause = next
      depth += 1
    }
    return cause
  }

  /// Words of the TLS library that stand in its errors, whose types say no more than they do.
  private static let meanings = [
    (
      "CERTIFICATE_VERIFY_FAILED",
      "the server's certificate does not come from a CA that is trusted here, or is not valid now; give the file of the right CA (--tls-ca, HINDCAST_TLS_CA)"
    ),
    (
      "failedToValidateHostname",
      "the server's certificate is for another host name; connect by a name that it has, or set the server name (--tls-server-name, HINDCAST_TLS_SERVER_NAME)"
    ),
    (
      "in certificate from peer",
      "the server's certificate is for another host name; connect by a name that it has, or set the server name (--tls-server-name, HINDCAST_TLS_SERVER_NAME)"
    ),
    (
      "WRONG_VERSION_NUMBER",
      "the server does not speak TLS; connect without it, or start the server with --tls-certificate"
    ),
    (
      "CERTIFICATE_REQUIRED",
      "the server wants to see a certificate; give one with its key (--tls-certificate and --tls-key, HINDCAST_TLS_CERTIFICATE and HINDCAST_TLS_KEY)"
    ),
    (
      "UNKNOWN_CA",
      "the server does not trust this client's certificate; use one that comes from the server's --tls-client-ca"
    ),
    (
      "BAD_CERTIFICATE",
      "the server does not take this client's certificate; use one that comes from the server's --tls-client-ca"
    ),
  ]

  private static func shortened(_ text: String) -> String {
    text.count > 300 ? text.prefix(300) + "..." : text
  }
}
