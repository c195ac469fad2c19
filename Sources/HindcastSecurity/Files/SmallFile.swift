#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A file that holds certificates, a key or tokens: read whole, never more than `byteCountMax` of it.
struct SmallFile {
  /// What tells whether a file is still the one that was read: a write, or another file in its place, changes it.
  struct Version: Equatable, Sendable {
    private var device: UInt64
    private var inode: UInt64
    private var byteCount: Int64
    private var seconds: Int64
    private var nanoseconds: Int64

    fileprivate init(_ status: stat) {
      device = UInt64(truncatingIfNeeded: status.st_dev)
      inode = UInt64(status.st_ino)
      byteCount = Int64(status.st_size)
      #if canImport(Darwin)
        let time = status.st_mtimespec
      #else
        let time = status.st_mtim
      #endif
      seconds = Int64(time.tv_sec)
      nanoseconds = Int64(time.tv_nsec)
    }

    /// nil: there is no such file, or it may not be looked at.
    init?(path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      self.init(status)
    }
  }

  let bytes: [UInt8]
  let version: Version
  /// Others than its owner and its group may read it.
  let isOpenToAll: Bool

  static let byteCountMax = 1 << 20

  /// - Parameter what: What the file is, for the message: `the certificate`, with what to give instead in `remedy`.
  init(_ path: String, what: String, remedy: String) throws(SecurityError) {
    func failure(_ reason: String) -> SecurityError {
      SecurityError("\(path): \(what) cannot be read: \(reason); \(remedy)")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw failure("it is no regular file") }
    guard status.st_size <= Self.byteCountMax else { throw failure("it has more than \(Self.byteCountMax) bytes") }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count <= Self.byteCountMax {
      let count = part.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure(String(cString: strerror(errno)))
      }
      if count == 0 { break }
      bytes += part[..<count]
    }
    guard bytes.count <= Self.byteCountMax else { throw failure("it has more than \(Self.byteCountMax) bytes") }
    self.bytes = bytes
    version = Version(status)
    isOpenToAll = status.st_mode & S_IROTH != 0
  }
}
