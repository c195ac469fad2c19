internal import NIOSSL

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Who one side of a connection is: its certificate, those above it, and the key that proves it. Read and checked: both
/// are PEM, belong together, and are valid now.
package struct CertificateIdentity: Sendable {
  /// PEM.
  package let certificateBytes: [UInt8]
  package let keyBytes: [UInt8]
  /// What an operator should know though it is no error.
  package let warnings: [String]

  package init(certificateFile: String, keyFile: String) throws(SecurityError) {
    let certificate = try SmallFile(
      certificateFile, what: "the certificate",
      remedy: "give a PEM file with the certificate, and behind it those between it and its CA")
    let key = try SmallFile(keyFile, what: "the key", remedy: "give a PEM file with the certificate's private key")
    let chain = try CertificateText.certificates(certificate.bytes, in: certificateFile)
    try CertificateText.requireValid(chain[0], in: certificateFile)
    let privateKey: NIOSSLPrivateKey
    do { privateKey = try NIOSSLPrivateKey(bytes: key.bytes, format: .pem) } catch {
      throw SecurityError("\(keyFile): \(Self.problem(withKey: key.bytes))")
    }
    do {
      // Compares the two, as the transport will once more.
      _ = try NIOSSLContext(
        configuration: .makeServerConfiguration(
          certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey)))
    } catch {
      throw SecurityError(
        "\(keyFile) is not the key of the certificate in \(certificateFile); give the two that were made together")
    }
    certificateBytes = certificate.bytes
    keyBytes = key.bytes
    var warnings: [String] = []
    if key.isOpenToAll {
      warnings.append("\(keyFile): every user of this machine may read the private key; chmod 600 it")
    }
    if let days = CertificateText.daysLeft(chain[0]), days < Self.daysLeftWarned {
      warnings.append("\(certificateFile): the certificate ends in \(days) days; renew it")
    }
    self.warnings = warnings
  }

  private static let daysLeftWarned = 7

  private static func problem(withKey bytes: [UInt8]) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    if text.contains("ENCRYPTED") {
      return "the key is encrypted; write it without a passphrase: openssl pkey -in FILE -out PLAIN"
    }
    if text.contains("BEGIN CERTIFICATE") {
      return "a certificate, where the private key should be; swap the two files"
    }
    return "no private key in PEM; convert it: openssl pkey -inform DER -in FILE -out PEM"
  }
}

/// The certificates that a peer's must come from.
package struct TrustedCertificates: Sendable {
  /// PEM.
  package let bytes: [UInt8]

  package init(file: String) throws(SecurityError) {
    let content = try SmallFile(
      file, what: "the CA", remedy: "give a PEM file with the certificates that the other side's is signed by")
    let certificates = try CertificateText.certificates(content.bytes, in: file)
    // One that is still good is enough: files of CAs carry old ones along.
    var problem: SecurityError?
    for certificate in certificates {
      do throws(SecurityError) {
        try CertificateText.requireValid(certificate, in: file)
        bytes = content.bytes
        return
      } catch { problem = error }
    }
    throw problem ?? SecurityError("\(file): no certificate in it")
  }
}

/// Certificates in PEM, and the times they are valid.
enum CertificateText {
  /// At least one.
  static func certificates(_ bytes: [UInt8], in file: String) throws(SecurityError) -> [NIOSSLCertificate] {
    guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
      let text = String(decoding: bytes, as: UTF8.self)
      throw SecurityError(
        text.contains("PRIVATE KEY")
          ? "\(file): a private key, where a certificate should be; swap the two files"
          : "\(file): no certificate in PEM; convert it: openssl x509 -inform DER -in FILE -out PEM")
    }
    return certificates
  }

  static func requireValid(_ certificate: NIOSSLCertificate, in file: String) throws(SecurityError) {
    let now = time(nil)
    if certificate.notValidAfter < now {
      throw SecurityError("\(file): the certificate ended on \(day(certificate.notValidAfter)); renew it")
    }
    if certificate.notValidBefore > now {
      throw SecurityError(
        """
        \(file): the certificate is valid from \(day(certificate.notValidBefore)) on; look at this machine's clock, or \
        use another
        """)
    }
  }

  static func daysLeft(_ certificate: NIOSSLCertificate) -> Int? {
    let seconds = certificate.notValidAfter - time(nil)
    return seconds < 0 ? nil : Int(seconds / 86_400)
  }

  private static func day(_ time: time_t) -> String {
    var time = time
    var parts = tm()
    guard gmtime_r(&time, &parts) != nil else { return "an unknown day" }
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(Int(parts.tm_year) + 1_900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
  }
}
