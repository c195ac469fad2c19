#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A file that is written from front to back, through a buffer. One thread at a time; closed when it is dropped.
final class OutputFile {
  let path: String
  /// Where the next byte goes.
  private(set) var byteCount: Int
  private let descriptor: Int32
  private let isOwned: Bool
  private var buffer: [UInt8] = []

  private static let bufferBytes = 1 << 20

  enum Mode {
    /// There must be nothing at the path yet.
    case new
    /// What is there stays; writing goes on at its end.
    case existing
    case standardOutput
  }

  init(_ path: String, _ mode: Mode) throws(ReplayError) {
    self.path = mode == .standardOutput ? "standard output" : path
    isOwned = mode != .standardOutput
    switch mode {
    case .new: descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    case .existing: descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    case .standardOutput: descriptor = STDOUT_FILENO
    }
    byteCount = 0
    guard descriptor >= 0 else { throw Posix.error("cannot open for writing", path) }
    guard mode == .existing else { return }
    let end = lseek(descriptor, 0, SEEK_END)
    guard end >= 0 else { throw Posix.error("cannot find the end of", path) }
    byteCount = Int(end)
  }

  deinit { if isOwned { _ = close(descriptor) } }

  func write(_ bytes: [UInt8]) throws(ReplayError) {
    byteCount += bytes.count
    if buffer.isEmpty, bytes.count >= Self.bufferBytes { return try writeThrough(bytes) }
    buffer += bytes
    if buffer.count >= Self.bufferBytes { try flush() }
  }

  /// Hands what is buffered to the operating system.
  func flush() throws(ReplayError) {
    try writeThrough(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Everything written so far is on the disk once this returns.
  func synchronize() throws(ReplayError) {
    try flush()
    guard fsync(descriptor) == 0 else { throw Posix.error("cannot synchronize", path) }
  }

  /// Cuts the file to `count` bytes and goes on there. Nothing may be buffered.
  func truncate(to count: Int) throws(ReplayError) {
    precondition(buffer.isEmpty && count <= byteCount)
    guard ftruncate(descriptor, off_t(count)) == 0, lseek(descriptor, off_t(count), SEEK_SET) >= 0 else {
      throw Posix.error("cannot cut to \(count) bytes", path)
    }
    byteCount = count
  }

  private func writeThrough(_ bytes: [UInt8]) throws(ReplayError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { platformWrite(descriptor, $0.baseAddress! + written, $0.count - written) }
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EPIPE { throw ReplayError(.readerGone, "nobody reads \(path) any more") }
        throw Posix.error("cannot write to", path)
      }
      written += count
    }
  }
}

private func platformWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
