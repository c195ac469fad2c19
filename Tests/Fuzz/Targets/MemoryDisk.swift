package import HindcastStorage
internal import Synchronization

/// A disk in memory that does what it is told: for what storage makes of the bytes that are there, not for crashes.
package final class MemoryDisk: Disk {
  private struct Contents {
    var files: [String: MemoryFile] = [:]
    var directories: Set<String> = []
    var locked: Set<String> = []
  }

  private let contents = Mutex(Contents())

  package init() {}

  /// Puts a file there, and the directories above it.
  package func put(_ path: String, _ bytes: [UInt8]) {
    contents.withLock { contents in
      contents.files[path] = MemoryFile(path: path, bytes: bytes)
      var path = Substring(path)
      while let slash = path.lastIndex(of: "/"), slash != path.startIndex {
        path = path[..<slash]
        contents.directories.insert(String(path))
      }
    }
  }

  /// All files by path, sorted.
  package var files: [(path: String, bytes: [UInt8])] {
    contents.withLock { $0.files.values.map { ($0.path, $0.bytes) } }.sorted { $0.path < $1.path }
  }

  package func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> any DiskFile {
    let result: Result<any DiskFile, DiskError> = contents.withLock { contents in
      let present = contents.files[path]
      switch access {
      case .read, .readWrite:
        guard let present else { return .failure(error(.notFound, path, "open")) }
        return .success(present)
      case .create where present != nil: return .failure(error(.exists, path, "open"))
      case .create, .replace:
        guard contents.directories.contains(parent(path)) else { return .failure(error(.notFound, path, "open")) }
        if let present {
          present.empty()
          return .success(present)
        }
        let file = MemoryFile(path: path, bytes: [])
        contents.files[path] = file
        return .success(file)
      }
    }
    return try result.get()
  }

  package func list(_ directory: String) throws(DiskError) -> [String] {
    let names: [String]? = contents.withLock { contents in
      guard contents.directories.contains(directory) else { return nil }
      let prefix = directory + "/"
      return (Array(contents.files.keys) + Array(contents.directories)).filter { $0.hasPrefix(prefix) }
        .map { String($0.dropFirst(prefix.count)) }.filter { !$0.contains("/") }
    }
    guard let names else { throw error(.notFound, directory, "list directory") }
    return names
  }

  package func makeDirectory(_ path: String) throws(DiskError) {
    contents.withLock { _ = $0.directories.insert(path) }
  }

  package func rename(_ from: String, to: String) throws(DiskError) {
    let isThere = contents.withLock { contents in
      guard let file = contents.files.removeValue(forKey: from) else { return false }
      contents.files[to] = MemoryFile(path: to, bytes: file.bytes)
      return true
    }
    guard isThere else { throw error(.notFound, from, "rename") }
  }

  package func remove(_ path: String) throws(DiskError) {
    guard contents.withLock({ $0.files.removeValue(forKey: path) }) != nil else {
      throw error(.notFound, path, "remove")
    }
  }

  package func syncDirectory(_ path: String) throws(DiskError) {}

  package func status(_ path: String) throws(DiskError) -> DiskStatus? {
    contents.withLock { contents in
      if contents.directories.contains(path) { return DiskStatus(isDirectory: true, byteCount: 0) }
      return contents.files[path].map { DiskStatus(isDirectory: false, byteCount: UInt64($0.bytes.count)) }
    }
  }

  package func freeBytes(_ path: String) throws(DiskError) -> UInt64 { 1 << 40 }

  package func lock(_ path: String) throws(DiskError) -> any DiskLock {
    guard contents.withLock({ $0.locked.insert(path).inserted }) else {
      throw error(.locked(holder: ""), path, "lock")
    }
    return MemoryLock { [self] in contents.withLock { _ = $0.locked.remove(path) } }
  }

  private func parent(_ path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }

  private func error(_ cause: DiskError.Cause, _ path: String, _ operation: String) -> DiskError {
    DiskError(cause, path: path, operation: operation, reason: "\(cause)")
  }
}

private final class MemoryLock: DiskLock {
  private let release: @Sendable () -> Void
  init(release: @escaping @Sendable () -> Void) { self.release = release }
  deinit { release() }
}

/// One file; whoever has it open sees what the others write.
private final class MemoryFile: DiskFile {
  let path: String
  private let content: Mutex<[UInt8]>

  init(path: String, bytes: [UInt8]) {
    self.path = path
    content = Mutex(bytes)
  }

  var bytes: [UInt8] { content.withLock { $0 } }
  func empty() { content.withLock { $0.removeAll() } }

  func byteCount() throws(DiskError) -> UInt64 { content.withLock { UInt64($0.count) } }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
    let bytes = bytes
    guard offset < UInt64(bytes.count) else { return 0 }
    let start = Int(offset)
    let count = min(buffer.count, bytes.count - start)
    bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count])) }
    return count
  }

  func write(_ pieces: [UnsafeRawBufferPointer], at offset: UInt64) throws(DiskError) {
    try bound(offset + UInt64(pieces.reduce(0) { $0 + $1.count }), "write")
    let added = pieces.flatMap { Array($0) }
    content.withLock { bytes in
      let end = Int(offset) + added.count
      if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
      bytes.replaceSubrange(Int(offset)..<end, with: added)
    }
  }

  func sync() throws(DiskError) {}
  func reload() throws(DiskError) {}

  func truncate(to byteCount: UInt64) throws(DiskError) {
    try bound(byteCount, "truncate")
    content.withLock { bytes in
      if bytes.count > Int(byteCount) {
        bytes.removeLast(bytes.count - Int(byteCount))
      } else {
        bytes += [UInt8](repeating: 0, count: Int(byteCount) - bytes.count)
      }
    }
  }

  /// Nothing that fits in an input makes a file as large as this; a wrong offset does.
  private func bound(_ byteCount: UInt64, _ operation: String) throws(DiskError) {
    guard byteCount <= 64 << 20 else {
      throw DiskError(.other, path: path, operation: operation, reason: "\(byteCount) bytes are absurd")
    }
  }
}
