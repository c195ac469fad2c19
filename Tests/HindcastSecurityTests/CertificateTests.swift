import HindcastSecurity
import TestCertificates
import Testing

@Suite struct CertificateTests {
  private func message(_ body: () throws(SecurityError) -> Void) -> String {
    do throws(SecurityError) {
      try body()
      return ""
    } catch {
      return error.message
    }
  }

  @Test("a certificate and its key are read, and a renewal that is due is told")
  func good() throws {
    let files = try TestCertificates()
    let short = try files.identity("short")
    let identity = try CertificateIdentity(certificateFile: short.certificate, keyFile: short.key)
    #expect(!identity.certificateBytes.isEmpty && !identity.keyBytes.isEmpty)
    #expect(identity.warnings.contains { $0.contains(short.certificate) && $0.contains("renew") })
    let long = try files.identity("long", days: 30)
    #expect(try CertificateIdentity(certificateFile: long.certificate, keyFile: long.key).warnings.isEmpty)
    #expect(!(try TrustedCertificates(file: files.ca)).bytes.isEmpty)
  }

  @Test("files that are missing, swapped, mismatched, encrypted, expired or something else are told apart")
  func wrong() throws {
    let files = try TestCertificates()
    let server = try files.identity("server")
    let other = try files.identity("other")
    func identity(_ certificate: String, _ key: String) -> String {
      message { () throws(SecurityError) in _ = try CertificateIdentity(certificateFile: certificate, keyFile: key) }
    }
    let none = files.path("none.pem")
    #expect(identity(none, server.key).contains("\(none): the certificate cannot be read: No such file"))
    #expect(identity(server.certificate, none).contains("\(none): the key cannot be read: No such file"))
    #expect(identity(files.path("."), server.key).contains("no regular file"))
    #expect(identity(server.key, server.certificate).contains("swap"))
    #expect(identity(server.certificate, server.certificate).contains("swap"))
    #expect(identity(server.certificate, other.key).contains("is not the key of"))
    let text = try files.write("nothing of the kind\n", to: "text")
    #expect(identity(text, server.key).contains("no certificate in PEM"))
    #expect(identity(server.certificate, text).contains("no private key in PEM"))
    try files.openssl("pkey", "-in", "server.key", "-aes128", "-passout", "pass:secret", "-out", "encrypted.key")
    #expect(identity(server.certificate, files.path("encrypted.key")).contains("encrypted"))
    let old = try files.identity("old", days: -1)
    #expect(identity(old.certificate, old.key).contains("ended on "))
    let large = try files.write(String(repeating: "x", count: 2 << 20), to: "large")
    #expect(identity(large, server.key).contains("more than"))
  }

  @Test("a file of CAs must hold a certificate that is valid")
  func trust() throws {
    let files = try TestCertificates()
    func trust(_ file: String) -> String {
      message { () throws(SecurityError) in _ = try TrustedCertificates(file: file) }
    }
    #expect(trust(files.ca) == "")
    #expect(trust(files.path("ca.key")).contains("swap"))
    #expect(trust(files.path("none")).contains("No such file"))
    let old = try files.identity("old", days: -1)
    #expect(trust(old.certificate).contains("ended on "))
  }
}
