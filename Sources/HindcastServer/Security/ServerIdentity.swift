internal import GRPCNIOTransportHTTP2Posix
internal import HindcastSecurity
internal import NIOCertificateReloading
internal import NIOSSL
internal import Synchronization

/// The certificate that the server shows, which can be renewed while it serves: new connections get the new one.
final class ServerIdentity: CertificateReloader {
  private let certificateFile: String
  private let keyFile: String
  private let clients: TrustedCertificates?
  private let present: Mutex<CertificateIdentity>

  /// nil: the files name no certificate, so there is no TLS.
  init?(_ files: SecurityFiles) throws(SecurityError) {
    guard let certificateFile = files.certificate, let keyFile = files.key else { return nil }
    self.certificateFile = certificateFile
    self.keyFile = keyFile
    if let clientCA = files.clientCA { clients = try TrustedCertificates(file: clientCA) } else { clients = nil }
    present = Mutex(try CertificateIdentity(certificateFile: certificateFile, keyFile: keyFile))
  }

  var warnings: [String] { present.withLock { $0.warnings } }

  /// Reads certificate and key again. When this throws, those that were there stay.
  func reload() throws(SecurityError) {
    let renewed = try CertificateIdentity(certificateFile: certificateFile, keyFile: keyFile)
    present.withLock { $0 = renewed }
  }

  var security: HTTP2ServerTransport.Posix.TransportSecurity {
    let identity = present.withLock { $0 }
    var tls = HTTP2ServerTransport.Posix.TransportSecurity.TLS.defaults(
      certificateChain: [.bytes(identity.certificateBytes, format: .pem)],
      privateKey: .bytes(identity.keyBytes, format: .pem))
    if let clients {
      // A client is a service and has no host name of its own.
      tls.clientCertificateVerification = .noHostnameVerification
      tls.trustRoots = .certificates([.bytes(clients.bytes, format: .pem)])
    }
    tls.certificateReloader = self
    return .tls(tls)
  }

  /// For each handshake. Both were read before, so nothing is wrong with them.
  var sslContextConfigurationOverride: NIOSSLContextConfigurationOverride {
    let identity = present.withLock { $0 }
    var override = NIOSSLContextConfigurationOverride()
    override.certificateChain = try? NIOSSLCertificate.fromPEMBytes(identity.certificateBytes).map { .certificate($0) }
    override.privateKey = (try? NIOSSLPrivateKey(bytes: identity.keyBytes, format: .pem)).map { .privateKey($0) }
    return override
  }
}
