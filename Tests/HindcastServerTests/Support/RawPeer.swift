import GRPCCore
import NIOCore
import NIOHPACK

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A client that writes HTTP/2 by hand, so that it can leave things undone: read nothing, open no window, stop in the middle.
///
/// Its calls suspend instead of blocking: the server under test runs on the same threads.
final class RawPeer {
  enum FrameType: UInt8 {
    case data, headers, priority, reset, settings, push, ping, goAway, windowUpdate, continuation
  }

  struct Frame {
    var type: UInt8
    var flags: UInt8
    var stream: UInt32
    var payload: [UInt8]

    func isOf(_ type: FrameType) -> Bool { self.type == type.rawValue }
  }

  /// How the server ended a stream or the connection.
  enum End: Equatable {
    case status(Int, String)
    case reset(UInt32)
    case goAway(UInt32, String)
    case closed
  }

  private let descriptor: Int32
  private var received: [UInt8] = []
  private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
  /// Bytes of DATA frames.
  private(set) var dataBytes = 0

  init(port: Int, receiveBuffer: Int32? = nil) throws {
    #if canImport(Glibc)
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    if var size = receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let isConnected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else { throw RPCError(code: .unavailable, message: "connect: errno \(errno)") }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) async throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        sent += count
      } else if errno == EAGAIN {
        try await Task.sleep(for: .milliseconds(5))
      } else {
        throw RPCError(code: .unavailable, message: "send: errno \(errno)")
      }
    }
  }

  func send(_ type: FrameType, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) async throws {
    try await send(Self.frame(type, flags: flags, stream: stream, payload))
  }

  static func frame(_ type: FrameType, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
    let length = payload.count
    return [UInt8(length >> 16), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), type.rawValue, flags]
      + bytes(stream) + payload
  }

  static func bytes(_ value: UInt32) -> [UInt8] {
    [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
  }

  /// The preface and SETTINGS with the window that the server gets for each stream.
  func hello(window: UInt32 = 65_535) async throws {
    try await send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8))
    try await send(.settings, [0, 4] + Self.bytes(window))
  }

  func request(_ method: MethodDescriptor, stream: UInt32 = 1, more: [(String, String)] = []) async throws {
    let headers =
      [
        (":method", "POST"), (":scheme", "http"), (":path", "/\(method.fullyQualifiedMethod)"), ("te", "trailers"),
        ("content-type", "application/grpc"),
      ] + more
    // Literals that go into no table.
    var block: [UInt8] = []
    for (name, value) in headers {
      block += [0, UInt8(name.utf8.count)] + Array(name.utf8)
      block += [UInt8(value.utf8.count)] + Array(value.utf8)
    }
    try await send(.headers, flags: 4, stream: stream, block)
  }

  /// A DATA frame, or as many as the bytes need.
  func data(_ bytes: [UInt8], stream: UInt32 = 1, isEnd: Bool = false) async throws {
    var rest = bytes[...]
    repeat {
      let part = rest.prefix(16_384)
      rest = rest.dropFirst(part.count)
      try await send(.data, flags: isEnd && rest.isEmpty ? 1 : 0, stream: stream, Array(part))
    } while !rest.isEmpty
  }

  /// A gRPC message's prefix and content; `length`: what the prefix claims instead of the truth.
  static func message(_ content: [UInt8], length: Int? = nil) -> [UInt8] {
    [0] + bytes(UInt32(length ?? content.count)) + content
  }

  func openWindow(_ byteCount: UInt32, stream: UInt32) async throws {
    try await send(.windowUpdate, stream: stream, Self.bytes(byteCount))
  }

  /// Empties the socket, without looking at what came.
  func takeWhatCame() {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)) > 0 {}
  }

  /// nil: the server closed the connection. Throws when nothing comes in time. Answers no pings.
  func nextFrame(within patience: Duration = .seconds(10)) async throws -> Frame? {
    let deadline = ContinuousClock.now + patience
    while true {
      if received.count >= 9 {
        let length = Int(received[0]) << 16 | Int(received[1]) << 8 | Int(received[2])
        if received.count >= 9 + length {
          let stream = received[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
          let frame = Frame(
            type: received[3], flags: received[4], stream: stream, payload: Array(received[9..<9 + length]))
          received.removeFirst(9 + length)
          if frame.isOf(.data) { dataBytes += length }
          return frame
        }
      }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if count > 0 {
        received += buffer[..<count]
      } else if count == 0 || errno != EAGAIN {
        return nil
      } else {
        guard ContinuousClock.now < deadline else {
          throw RPCError(code: .deadlineExceeded, message: "no frame came in time")
        }
        try await Task.sleep(for: .milliseconds(5))
      }
    }
  }

  /// Reads until the stream or the connection ends.
  func end(stream: UInt32 = 1, within patience: Duration = .seconds(10)) async throws -> End {
    while let frame = try await nextFrame(within: patience) {
      if frame.isOf(.goAway) {
        return .goAway(
          frame.payload[4..<8].reduce(0) { $0 << 8 | UInt32($1) }, String(decoding: frame.payload[8...], as: UTF8.self))
      }
      if frame.isOf(.headers) {
        var buffer = ByteBuffer(bytes: frame.payload)
        let headers = try decoder.decodeHeaders(from: &buffer)
        if frame.stream == stream, frame.flags & 1 != 0 {
          return .status(Int(headers.first(name: "grpc-status") ?? "") ?? -1, headers.first(name: "grpc-message") ?? "")
        }
      }
      if frame.stream == stream, frame.isOf(.reset) {
        return .reset(frame.payload.reduce(0) { $0 << 8 | UInt32($1) })
      }
    }
    return .closed
  }
}

/// Waits until it is so; false: it did not become so in time.
func eventually(within patience: Duration = .seconds(10), _ isSo: () async throws -> Bool) async rethrows -> Bool {
  let deadline = ContinuousClock.now + patience
  while ContinuousClock.now < deadline {
    if try await isSo() { return true }
    try? await Task.sleep(for: .milliseconds(20))
  }
  return try await isSo()
}
