internal import GRPCNIOTransportHTTP2Posix
internal import HindcastSecurity
internal import Logging

/// What the server's files of certificates and tokens say, and what an operator is told of it.
struct ServerSecurity: Sendable {
  private let files: SecurityFiles
  private let identity: ServerIdentity?
  let authenticator: Authenticator?

  init(_ files: SecurityFiles) throws(SecurityError) {
    if let contradiction = files.contradiction { throw SecurityError(contradiction) }
    self.files = files
    identity = try ServerIdentity(files)
    authenticator = try Authenticator(files)
  }

  var transport: HTTP2ServerTransport.Posix.TransportSecurity { identity?.security ?? .plaintext }

  /// Loud where others than this machine's processes can come in.
  func announce(at address: ListenAddress, to logger: Logger) {
    warn(logger)
    guard !address.isLoopback else { return }
    if identity == nil {
      logger.warning(
        """
        NOT ENCRYPTED: \(address) can be reached from other machines, and what is sent\
        \(authenticator == nil ? "" : ", tokens included,") can be read on the way; give --tls-certificate and --tls-key, \
        or listen on 127.0.0.1
        """)
    }
    if authenticator == nil, files.clientCA == nil {
      logger.warning(
        """
        NOBODY IS ASKED WHO THEY ARE: whoever can reach \(address) may read and append; give --token-file, or \
        --tls-client-ca
        """)
    }
  }

  /// Reads again what can be renewed while the server runs.
  func reload(_ logger: Logger) {
    guard identity != nil || authenticator != nil else {
      return logger.notice("nothing to read again: the server has neither a certificate nor tokens")
    }
    do throws(SecurityError) {
      if let identity {
        try identity.reload()
        logger.notice(
          "new connections get the certificate that was read again", metadata: ["file": "\(files.certificate ?? "")"])
      }
    } catch {
      logger.error("the certificate stays as it was", metadata: ["reason": "\(error.message)"])
    }
    do throws(SecurityError) {
      if let authenticator {
        try authenticator.reload()
        logger.notice("tokens were read again", metadata: ["tokens": "\(authenticator.tokenCount)"])
      }
    } catch {
      logger.error("the tokens stay as they were", metadata: ["reason": "\(error.message)"])
    }
    warn(logger)
  }

  private func warn(_ logger: Logger) {
    for warning in (identity?.warnings ?? []) + (authenticator?.warnings ?? []) { logger.warning("\(warning)") }
  }
}
