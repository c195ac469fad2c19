internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix

/// Where a server listens: `127.0.0.1:7400`, `[::1]:7400`, `host.name:7400`, `unix:/path/to/socket`.
struct ServerAddress: Sendable, CustomStringConvertible {
  let target: any ResolvableTarget & Sendable
  /// Whether what is sent there stays on this machine.
  let isLocal: Bool
  /// As it was given, without spaces around it.
  let description: String
  static let defaultPort = 7400
  private static let serversMax = 64

  /// One address, or several with commas in between.
  static func list(_ text: String) throws(HindcastError) -> [ServerAddress] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= serversMax else {
      throw HindcastError(.invalidAddress, "\(parts.count) servers are given; the most is \(serversMax)")
    }
    var servers: [ServerAddress] = []
    for part in parts { servers.append(try ServerAddress(String(part.trimmingSpaces))) }
    return servers
  }

  init(_ text: String) throws(HindcastError) {
    description = text
    func invalid(_ reason: String) -> HindcastError {
      HindcastError(
        .invalidAddress,
        "server address '\(text)' \(reason); give it as 127.0.0.1:7400, [::1]:7400, host.name:7400 or unix:/path")
    }
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard !path.isEmpty, path.utf8.count < 104 else { throw invalid("has no path, or one over 103 bytes") }
      target = .unixDomainSocket(path: path, authority: "localhost")
      isLocal = true
      return
    }
    var host = text[...]
    var port = Self.defaultPort
    let isBracketed = text.hasPrefix("[")
    if isBracketed {
      guard let end = text.firstIndex(of: "]") else { throw invalid("has no ']'") }
      host = text[text.index(after: text.startIndex)..<end]
      let rest = text[text.index(after: end)...]
      if !rest.isEmpty {
        guard rest.first == ":", let number = Int(rest.dropFirst()) else { throw invalid("has no valid port") }
        port = number
      }
    } else if let colon = text.lastIndex(of: ":") {
      host = text[..<colon]
      guard let number = Int(text[text.index(after: colon)...]) else { throw invalid("has no valid port") }
      port = number
    }
    guard !host.isEmpty else { throw invalid("has no host") }
    guard (1...65_535).contains(port) else { throw invalid("has a port outside 1 to 65535") }
    if isBracketed {
      target = .ipv6(address: String(host), port: port)
      isLocal = host == "::1"
    } else if host.contains(":") {
      throw invalid("has more than one ':'; put an IPv6 address in brackets")
    } else if Self.isIPv4(host) {
      target = .ipv4(address: String(host), port: port)
      isLocal = host.hasPrefix("127.")
    } else {
      target = .dns(host: String(host), port: port)
      isLocal = host.lowercased() == "localhost"
    }
  }

  static func isIPv4(_ host: some StringProtocol) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    var rest = self
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return rest
  }
}
