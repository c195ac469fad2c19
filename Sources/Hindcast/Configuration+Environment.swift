#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension HindcastClient.Configuration {
  /// What these variables say, and the defaults for the rest:
  ///
  /// - `HINDCAST_SERVER`: an address, or several with commas in between.
  /// - `HINDCAST_TOKEN`, or `HINDCAST_TOKEN_FILE`: a file with the token, read again when it changes.
  /// - `HINDCAST_TLS_CA`: TLS, with the certificates in this file as trust roots, or `system` for the system's.
  /// - `HINDCAST_TLS_CERTIFICATE`, `HINDCAST_TLS_KEY`: what this client shows; both also mean TLS.
  /// - `HINDCAST_TLS_SERVER_NAME`: the name that the server's certificate has to bear; also means TLS.
  /// - `HINDCAST_FLUSH_INTERVAL_MS`: milliseconds, 1 to 3,600,000.
  /// - `HINDCAST_WAITING_BYTES`: bytes that may wait in memory.
  /// - `HINDCAST_ZLIB_ONLY`: `1` or `true`, `0` or `false`.
  ///
  /// One that is empty counts as not set. Throws ``HindcastError`` for a value that cannot be used, with the variable's
  /// name.
  public init(environment: [String: String]) throws {
    self.init()
    let variables = EnvironmentVariables(environment)
    if let server = variables[.server] {
      do { _ = try ServerAddress.list(server) } catch {
        throw HindcastError(.invalidConfiguration, "HINDCAST_SERVER: \(error.message)")
      }
      self.server = server
    }
    token = try variables.token
    security = try variables.security
    if let milliseconds = try variables.number(.flushInterval, in: 1...3_600_000) {
      flushInterval = .milliseconds(milliseconds)
    }
    if let byteCount = try variables.number(.waitingBytes, in: 1...(1 << 50)) { waitingBytes = byteCount }
    if let flag = try variables.flag(.zlibOnly) { usesZlibOnly = flag }
  }

  /// The variables of this process that ``init(environment:)`` knows.
  public static var processEnvironment: [String: String] {
    var environment: [String: String] = [:]
    for name in EnvironmentVariables.Name.allCases {
      if let value = getenv(name.rawValue) { environment[name.rawValue] = String(cString: value) }
    }
    return environment
  }
}

private struct EnvironmentVariables {
  enum Name: String, CaseIterable {
    case server = "HINDCAST_SERVER"
    case token = "HINDCAST_TOKEN"
    case tokenFile = "HINDCAST_TOKEN_FILE"
    case trustRoots = "HINDCAST_TLS_CA"
    case certificate = "HINDCAST_TLS_CERTIFICATE"
    case key = "HINDCAST_TLS_KEY"
    case serverName = "HINDCAST_TLS_SERVER_NAME"
    case flushInterval = "HINDCAST_FLUSH_INTERVAL_MS"
    case waitingBytes = "HINDCAST_WAITING_BYTES"
    case zlibOnly = "HINDCAST_ZLIB_ONLY"
  }

  private let environment: [String: String]

  init(_ environment: [String: String]) { self.environment = environment }

  subscript(_ name: Name) -> String? {
    environment[name.rawValue].flatMap { $0.isEmpty ? nil : $0 }
  }

  var token: HindcastClient.Configuration.Token? {
    get throws(HindcastError) {
      switch (self[.token], self[.tokenFile]) {
      case (nil, nil): return nil
      case (let token?, nil): return .value(token)
      case (nil, let file?): return .file(file)
      default:
        throw HindcastError(
          .invalidConfiguration, "HINDCAST_TOKEN and HINDCAST_TOKEN_FILE are both set; keep the one that is meant")
      }
    }
  }

  var security: HindcastClient.Configuration.Security {
    get throws(HindcastError) {
      let names: [Name] = [.trustRoots, .certificate, .key, .serverName]
      guard names.contains(where: { self[$0] != nil }) else { return .plaintext }
      if (self[.certificate] == nil) != (self[.key] == nil) {
        let (present, missing): (Name, Name) = self[.key] == nil ? (.certificate, .key) : (.key, .certificate)
        throw HindcastError(
          .invalidConfiguration,
          "\(present.rawValue) is set without \(missing.rawValue); a certificate and its key belong together")
      }
      var tls = HindcastClient.Configuration.TLS(
        certificateFile: self[.certificate], keyFile: self[.key], serverName: self[.serverName])
      if let file = self[.trustRoots], file != "system" { tls.trustRoots = .file(file) }
      return .tls(tls)
    }
  }

  func number(_ name: Name, in range: ClosedRange<Int>) throws(HindcastError) -> Int? {
    guard let text = self[name] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw HindcastError(
        .invalidConfiguration,
        "\(name.rawValue) is '\(text)'; it has to be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func flag(_ name: Name) throws(HindcastError) -> Bool? {
    guard let text = self[name] else { return nil }
    switch text {
    case "1", "true": return true
    case "0", "false": return false
    default:
      throw HindcastError(.invalidConfiguration, "\(name.rawValue) is '\(text)'; it has to be 1, true, 0 or false")
    }
  }
}
