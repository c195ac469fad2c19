internal import Foundation

/// Certificates of a CA of its own, made by the `openssl` command for one test and gone with it, valid for a day.
package final class TestCertificates: Sendable {
  package struct Identity: Sendable {
    package let certificate: String
    package let key: String
  }

  package struct Failure: Error {
    package var text: String
  }

  private let folder: URL

  package init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("hindcast-certificates-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try makeCA("ca")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  package func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// A certificate that signs others.
  package var ca: String { path("ca.pem") }

  package func makeCA(_ name: String) throws {
    try openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj",
      "/CN=\(name)", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
      "-keyout", "\(name).key", "-out", "\(name).pem")
  }

  /// One that comes from the CA `by`, for a host or a service.
  package func identity(
    _ name: String, for names: String = "DNS:localhost,IP:127.0.0.1", by ca: String = "ca", days: Int = 1
  ) throws -> Identity {
    try openssl(
      "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)", "-keyout",
      "\(name).key", "-out", "\(name).csr")
    try write("subjectAltName=\(names)\n", to: "\(name).ext")
    try openssl(
      "x509", "-req", "-in", "\(name).csr", "-CA", "\(ca).pem", "-CAkey", "\(ca).key", "-CAcreateserial", "-days",
      "\(days)", "-extfile", "\(name).ext", "-out", "\(name).pem")
    return Identity(certificate: path("\(name).pem"), key: path("\(name).key"))
  }

  /// Writes as a whole: whoever reads sees the old text or the new one.
  @discardableResult
  package func write(_ text: String, to name: String, mode: Int = 0o600) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)), options: .atomic)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
    return path(name)
  }

  package func openssl(_ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.currentDirectoryURL = folder
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(text: "openssl \(arguments.joined(separator: " ")): \(text)")
    }
  }
}
