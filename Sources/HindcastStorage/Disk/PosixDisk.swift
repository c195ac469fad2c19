#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The real disk.
package struct PosixDisk: Disk {
  package init() {}

  package func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> any DiskFile {
    let flags: Int32 =
      switch access {
      case .read: O_RDONLY
      case .readWrite: O_RDWR
      case .create: O_RDWR | O_CREAT | O_EXCL
      case .replace: O_RDWR | O_CREAT | O_TRUNC
      }
    return PosixFile(path: path, descriptor: try Self.openDescriptor(path, flags))
  }

  package func list(_ directory: String) throws(DiskError) -> [String] {
    guard let stream = opendir(directory) else { throw posixError(directory, "open directory") }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw posixError(directory, "list directory") }
        return names
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
  }

  package func makeDirectory(_ path: String) throws(DiskError) {
    if mkdir(path, 0o777) == 0 { return }
    let error = posixError(path, "create directory")
    if error.cause == .exists, try status(path)?.isDirectory == true { return }
    throw error
  }

  package func rename(_ from: String, to: String) throws(DiskError) {
    // Through a name of its own: `rename` alone would be this method.
    let result = systemRename(from, to)
    if result != 0 { throw posixError(from, "rename to \(to)") }
  }

  package func remove(_ path: String) throws(DiskError) {
    if unlink(path) != 0 { throw posixError(path, "remove") }
  }

  package func syncDirectory(_ path: String) throws(DiskError) {
    let descriptor = try Self.openDescriptor(path, O_RDONLY | O_DIRECTORY)
    defer { close(descriptor) }
    if fsync(descriptor) != 0 { throw posixError(path, "fsync directory") }
  }

  package func status(_ path: String) throws(DiskError) -> DiskStatus? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let error = posixError(path, "stat")
      if error.cause == .notFound { return nil }
      throw error
    }
    return DiskStatus(
      isDirectory: status.st_mode & S_IFMT == S_IFDIR, byteCount: UInt64(clamping: status.st_size))
  }

  package func freeBytes(_ path: String) throws(DiskError) -> UInt64 {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { throw posixError(path, "statvfs") }
    return UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
  }

  /// The number of the process that holds a lock, and blanks.
  private static let holderBytes = 32

  package func lock(_ path: String) throws(DiskError) -> any DiskLock {
    let file = PosixFile(path: path, descriptor: try Self.openDescriptor(path, O_RDWR | O_CREAT))
    guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      guard code == EWOULDBLOCK else { throw posixError(path, "lock", code) }
      let text = String(decoding: try file.read(at: 0, count: Self.holderBytes), as: UTF8.self)
      throw DiskError(
        .locked(holder: String(text.prefix { $0.isNumber })), path: path, operation: "lock",
        reason: "another process holds the lock")
    }
    // Over what is there, and as long as ever: cut to nothing first, its place on a full disk would be somebody else's by
    // the time of the write. Without room for a new one the lock is held all the same; nobody reads who holds it.
    let holder = "\(getpid())"
    let text = holder + String(repeating: " ", count: Self.holderBytes - 1 - holder.utf8.count) + "\n"
    try? file.write(Array(text.utf8), at: 0)
    return PosixLock(file: file)
  }

  private static func openDescriptor(_ path: String, _ flags: Int32) throws(DiskError) -> Int32 {
    while true {
      #if canImport(Darwin)
        let descriptor = Darwin.open(path, flags | O_CLOEXEC, 0o666)
      #elseif canImport(Musl)
        let descriptor = Musl.open(path, flags | O_CLOEXEC, 0o666)
      #else
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o666)
      #endif
      if descriptor >= 0 { return descriptor }
      if errno != EINTR { throw posixError(path, "open") }
    }
  }
}

/// Keeps the descriptor open: `flock` locks belong to the open file.
private final class PosixLock: DiskLock {
  private let file: PosixFile
  init(file: PosixFile) { self.file = file }
}

private func systemRename(_ from: String, _ to: String) -> Int32 { rename(from, to) }

/// Reads `errno` at once, before anything else can change it.
func posixError(_ path: String, _ operation: String, _ code: Int32 = errno) -> DiskError {
  let cause: DiskError.Cause =
    switch code {
    case ENOENT: .notFound
    case EEXIST: .exists
    case EACCES, EPERM, EROFS: .permission
    case ENOSPC, EDQUOT: .full
    case ENOTDIR: .notADirectory
    case EIO: .medium
    default: .other
    }
  return DiskError(cause, path: path, operation: operation, reason: String(cString: strerror(code)))
}
