#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Files and directories by path, for sinks that fill folders. Every error names the path and what was tried.
enum Posix {
  static func error(_ action: String, _ path: String, _ number: Int32 = errno) -> ReplayError {
    ReplayError(.inputOutput, "\(action) \(path): \(String(cString: strerror(number)))")
  }

  /// nil if there is nothing at the path.
  static func information(_ path: String) throws(ReplayError) -> (isDirectory: Bool, byteCount: Int)? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw error("cannot look at", path)
    }
    return (status.st_mode & S_IFMT == S_IFDIR, Int(status.st_size))
  }

  /// Makes the directory and those above it that are missing.
  static func makeDirectory(_ path: String) throws(ReplayError) {
    if try information(path)?.isDirectory == true { return }
    let parent = parent(of: path)
    if parent != path { try makeDirectory(parent) }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw error("cannot make the directory", path) }
    try synchronizeDirectory(parent)
  }

  /// The names in a directory, sorted, without `.` and `..`.
  static func names(in directory: String) throws(ReplayError) -> [String] {
    guard let stream = opendir(directory) else { throw error("cannot list", directory) }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw error("cannot list", directory) }
    return names.sorted()
  }

  static func readAll(_ path: String) throws(ReplayError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw error("cannot open", path) }
    defer { _ = close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file, &buffer, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw error("cannot read", path)
      }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// Names that were made, linked or removed in the directory survive a crash once this returns.
  static func synchronizeDirectory(_ path: String) throws(ReplayError) {
    let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw error("cannot open the directory", path) }
    defer { _ = close(directory) }
    guard fsync(directory) == 0 else { throw error("cannot synchronize the directory", path) }
  }

  static func remove(_ path: String) throws(ReplayError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw error("cannot remove", path) }
  }

  static func rename(_ path: String, to target: String) throws(ReplayError) {
    guard renamed(path, target) == 0 else { throw error("cannot rename \(path) to", target) }
  }

  /// Gives the file a second name, unless that is taken: false. Of any number of callers exactly one gets true.
  static func link(_ path: String, to target: String) throws(ReplayError) -> Bool {
    if linked(path, target) == 0 { return true }
    if errno == EEXIST { return false }
    throw error("cannot link \(path) (the file system must support hard links) to", target)
  }

  static func parent(of path: String) -> String {
    var trimmed = path[...]
    while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }

  /// Milliseconds since 1970 UTC.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }
}

private func renamed(_ path: String, _ target: String) -> Int32 { rename(path, target) }
private func linked(_ path: String, _ target: String) -> Int32 { link(path, target) }
