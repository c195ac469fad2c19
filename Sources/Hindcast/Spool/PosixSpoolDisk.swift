#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The real disk.
struct PosixSpoolDisk: SpoolDisk {
  func makeDirectory(_ path: String) throws(SpoolError) {
    let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    if mkdir(path, 0o700) != 0 {
      if errno == EEXIST { return }
      guard errno == ENOENT, parent != path, parent != "/", parent != "." else {
        throw posixError(path, "create directory")
      }
      try makeDirectory(parent)
      if mkdir(path, 0o700) != 0, errno != EEXIST { throw posixError(path, "create directory") }
    }
    // Others may own the parent and keep us from opening it; then the name is as durable as they make it.
    try? syncDirectory(parent)
  }

  func list(_ directory: String) throws(SpoolError) -> [String] {
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

  func create(_ path: String) throws(SpoolError) -> any SpoolFile {
    PosixSpoolFile(path: path, descriptor: try Self.openDescriptor(path, O_RDWR | O_CREAT | O_EXCL))
  }

  func open(_ path: String) throws(SpoolError) -> any SpoolFile {
    PosixSpoolFile(path: path, descriptor: try Self.openDescriptor(path, O_RDONLY))
  }

  func byteCount(_ path: String) throws(SpoolError) -> Int {
    try PosixSpoolFile(path: path, descriptor: try Self.openDescriptor(path, O_RDONLY)).byteCount()
  }

  func remove(_ path: String) throws(SpoolError) {
    if unlink(path) != 0 { throw posixError(path, "remove") }
  }

  func removeDirectory(_ path: String) throws(SpoolError) {
    if rmdir(path) != 0 { throw posixError(path, "remove directory") }
  }

  func syncDirectory(_ path: String) throws(SpoolError) {
    let descriptor = try Self.openDescriptor(path, O_RDONLY | O_DIRECTORY)
    defer { close(descriptor) }
    if fsync(descriptor) != 0 { throw posixError(path, "fsync directory") }
  }

  func lock(_ path: String, creates: Bool) throws(SpoolError) -> (any SpoolLock)? {
    let file: PosixSpoolFile
    do throws(SpoolError) {
      let flags = creates ? O_RDWR | O_CREAT : O_RDWR
      file = PosixSpoolFile(path: path, descriptor: try Self.openDescriptor(path, flags))
    } catch  where error.isAbsence {
      return nil
    }
    guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
      if errno == EWOULDBLOCK || errno == EINTR { return nil }
      throw posixError(path, "lock")
    }
    // Whoever held it before may have removed the file, which makes it a lock of nothing. What the path names now is the
    // same file if it is locked: another open of one file meets the lock that the first holds. (`stat` is not asked, since
    // with cryptography linked in its structure belongs to a module that this one does not import.)
    let named: PosixSpoolFile
    do throws(SpoolError) {
      named = PosixSpoolFile(path: path, descriptor: try Self.openDescriptor(path, O_RDWR))
    } catch  where error.isAbsence {
      return nil
    }
    guard flock(named.descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
    return PosixSpoolLock(file: file)
  }

  private static func openDescriptor(_ path: String, _ flags: Int32) throws(SpoolError) -> Int32 {
    while true {
      #if canImport(Darwin)
        let descriptor = Darwin.open(path, flags | O_CLOEXEC, 0o600)
      #elseif canImport(Musl)
        let descriptor = Musl.open(path, flags | O_CLOEXEC, 0o600)
      #else
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o600)
      #endif
      if descriptor >= 0 { return descriptor }
      if errno != EINTR { throw posixError(path, "open") }
    }
  }
}

/// Keeps the descriptor open: `flock` locks belong to the open file.
private final class PosixSpoolLock: SpoolLock {
  private let file: PosixSpoolFile
  init(file: PosixSpoolFile) { self.file = file }
}

/// An open file, closed when its last owner lets go of it. What `close` would report was reported by `sync`, without which
/// nothing counts.
private final class PosixSpoolFile: SpoolFile {
  let path: String
  let descriptor: Int32

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  func byteCount() throws(SpoolError) -> Int {
    let end = lseek(descriptor, 0, SEEK_END)
    guard end >= 0 else { throw posixError(path, "seek") }
    return Int(end)
  }

  func read(at offset: Int, count: Int) throws(SpoolError) -> [UInt8] {
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
      done = 0
      while done < count {
        let more = pread(descriptor, buffer.baseAddress! + done, count - done, off_t(offset + done))
        if more == 0 { return }
        if more > 0 {
          done += more
        } else if errno != EINTR {
          code = errno
          return
        }
      }
    }
    if code != 0 { throw posixError(path, "read at offset \(offset)", code) }
    return bytes
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(SpoolError) {
    let code: Int32 = bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = pwrite(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
        if count >= 0 { done += count } else if errno != EINTR { return errno }
      }
      return 0
    }
    if code != 0 { throw posixError(path, "write at offset \(offset)", code) }
  }

  func sync() throws(SpoolError) {
    #if canImport(Darwin)
      // fsync on Darwin leaves the bytes in the drive's cache.
      if fcntl(descriptor, F_FULLFSYNC) != 0 { throw posixError(path, "fullfsync") }
    #else
      if fdatasync(descriptor) != 0 { throw posixError(path, "fdatasync") }
    #endif
  }
}

/// Reads `errno` at once, before anything else can change it.
private func posixError(_ path: String, _ operation: String, _ code: Int32 = errno) -> SpoolError {
  SpoolError(path: path, operation: operation, reason: String(cString: strerror(code)), isAbsence: code == ENOENT)
}
