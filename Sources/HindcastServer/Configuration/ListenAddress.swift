/// Where a server listens: a host name or address, and a port.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
  package var host: String
  /// 0: any free port.
  package var port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// `127.0.0.1:7400`, `[::1]:7400`, `localhost:7400`, `:7400` for every interface.
  package static func parse(_ text: String) throws(ServerError) -> ListenAddress {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw ServerError(.address, "\(text) is no address to listen on; write HOST:PORT, such as 127.0.0.1:7400")
    }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw ServerError(
        .address, "\(text) is no address to listen on; write an IPv6 address in brackets, such as [::1]:7400")
    }
    return ListenAddress(host: host.isEmpty ? "::" : String(host), port: port)
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension ListenAddress {
  /// Whether only processes of this machine can reach it.
  package var isLoopback: Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    let isIPv4 = parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    return host.lowercased() == "localhost" || host == "::1" || isIPv4 && parts[0] == "127"
  }
}
