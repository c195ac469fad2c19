#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A bound, listening TCP socket. Made here rather than by the transport, so that a port in use is told apart from other
/// failures by its error number, and host names work.
struct ListeningSocket: ~Copyable {
  private var descriptor: Int32
  /// With the port that was chosen if any was asked for.
  let address: ListenAddress

  init(_ address: ListenAddress) throws(ServerError) {
    let list = try Self.resolve(address)
    defer { freeaddrinfo(list) }
    var failure = ServerError(.address, "\(address): the name has no address to listen on")
    var candidate: UnsafeMutablePointer<addrinfo>? = list
    while let info = candidate {
      do throws(ServerError) {
        descriptor = try Self.listen(on: info.pointee, address)
        self.address = ListenAddress(host: address.host, port: Self.port(of: descriptor))
        return
      } catch {
        failure = error
      }
      candidate = info.pointee.ai_next
    }
    throw failure
  }

  deinit { if descriptor >= 0 { _ = close(descriptor) } }

  /// The descriptor, now the caller's to close.
  consuming func take() -> Int32 {
    let taken = descriptor
    descriptor = -1
    return taken
  }

  private static func resolve(_ address: ListenAddress) throws(ServerError) -> UnsafeMutablePointer<addrinfo> {
    var hints = addrinfo()
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    hints.ai_socktype = streamType
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(address.host, "\(address.port)", &hints, &list)
    guard status == 0, let list else {
      throw ServerError(
        .address,
        "\(address): \(String(cString: gai_strerror(status))); give --listen a host name or address of this machine")
    }
    return list
  }

  private static func listen(on info: addrinfo, _ address: ListenAddress) throws(ServerError) -> Int32 {
    let descriptor = socket(info.ai_family, info.ai_socktype, info.ai_protocol)
    guard descriptor >= 0 else { throw failure(errno, address) }
    var on: Int32 = 1
    var off: Int32 = 0
    let size = socklen_t(MemoryLayout<Int32>.size)
    // A restart must not wait for the old connections' last minutes; "::" serves IPv4 as well.
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
    if info.ai_family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    #if canImport(Glibc)
      let isListening = bind(descriptor, info.ai_addr, info.ai_addrlen) == 0 && Glibc.listen(descriptor, backlog) == 0
    #elseif canImport(Musl)
      let isListening = bind(descriptor, info.ai_addr, info.ai_addrlen) == 0 && Musl.listen(descriptor, backlog) == 0
    #else
      let isListening = bind(descriptor, info.ai_addr, info.ai_addrlen) == 0 && Darwin.listen(descriptor, backlog) == 0
    #endif
    guard isListening else {
      let code = errno
      _ = close(descriptor)
      throw failure(code, address)
    }
    return descriptor
  }

  /// Connections that wait to be accepted.
  private static let backlog: Int32 = 256

  #if canImport(Glibc)
    private static let streamType = Int32(SOCK_STREAM.rawValue)
  #else
    private static let streamType = Int32(SOCK_STREAM)
  #endif

  private static func failure(_ code: Int32, _ address: ListenAddress) -> ServerError {
    switch code {
    case EADDRINUSE:
      ServerError(
        .addressInUse,
        "\(address) is in use by another process (another hindcast?); stop it, or choose another port with --listen")
    case EACCES, EPERM:
      ServerError(
        .permission, "\(address): no permission to listen there; choose a port of 1024 or higher with --listen")
    case EADDRNOTAVAIL:
      ServerError(
        .address, "\(address) is no address of this machine; listen on 127.0.0.1, or on 0.0.0.0 for every interface")
    default:
      ServerError(.address, "\(address): cannot listen: \(String(cString: strerror(code)))")
    }
  }

  private static func port(of descriptor: Int32) -> UInt16 {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutableBytes(of: &storage) { bytes in
      guard getsockname(descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), &size) == 0 else {
        return 0
      }
      // The port stands at the same place for both families, in network order.
      return UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
    }
  }
}
