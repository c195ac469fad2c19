#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Results go to standard output, through a buffer; all else goes to standard error, at once.
enum StandardError {
  static func write(_ text: String) {
    var text = text
    // There is nowhere to report a failure to.
    _ = text.withUTF8 { try? writeAll(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
  }

  static func writeLine(_ text: String) { write(text + "\n") }

  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// Standard output with a buffer: call `flush` at the end, and where a waiting reader should see what there is.
struct StandardOutput {
  private var buffer: [UInt8] = []
  private static let bufferBytes = 64 << 10

  mutating func write(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.bufferBytes { try flush() }
  }

  mutating func writeLine(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    try write("\n")
  }

  mutating func flush() throws {
    defer { buffer.removeAll(keepingCapacity: true) }
    try buffer.withUnsafeBytes { try writeAll($0, to: STDOUT_FILENO) }
  }

  /// One whole text, for results that come at once.
  static func write(_ text: String) throws {
    var output = StandardOutput()
    try output.write(text)
    try output.flush()
  }
}

/// The reader of our output has gone, as `head` does. Ends the program quietly, with the status a pipe's signal would give.
struct OutputClosed: Error {
  static let exitStatus: CInt = 141
}

private func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) throws {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
    if count >= 0 {
      rest = rest.dropFirst(count)
    } else if errno == EPIPE {
      throw OutputClosed()
    } else if errno == EAGAIN {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      poll(&waiting, 1, -1)
    } else if errno != EINTR {
      throw CommandError("the output cannot be written: \(String(cString: strerror(errno)))")
    }
  }
}
