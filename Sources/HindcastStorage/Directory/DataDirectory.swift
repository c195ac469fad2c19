internal import HindcastFormat

/// A data directory: its paths, how it comes to be, and how it is told from any other folder.
///
/// ```
/// LOCK                                    held by the process that writes; its id
/// MANIFEST                                what is in the archive; its presence makes the folder a data directory
/// RESERVE                                 room to give up when the disk is full
/// journal/<id>.segment                    segments, ids ascending with positions
/// journal/prepared                        zeros: the next segment
/// archive/<model>/<yyyy-mm-dd>-<id>.archive
/// torn/                                   bytes that recovery or compaction set aside
/// ```
struct DataDirectory: Sendable {
  let path: String
  let disk: any Disk

  var lockPath: String { "\(path)/\(FileNames.lock)" }
  var manifestPath: String { "\(path)/\(FileNames.manifest)" }
  var journalPath: String { "\(path)/\(FileNames.journal)" }
  var archivePath: String { "\(path)/\(FileNames.archive)" }
  var reservePath: String { "\(path)/\(FileNames.reserve)" }
  var preparedPath: String { "\(journalPath)/\(FileNames.prepared)" }
  var tornPath: String { "\(path)/\(FileNames.torn)" }
  func segmentPath(_ id: UInt64) -> String { "\(journalPath)/\(FileNames.segment(id))" }
  /// Of a file that the manifest names relative to the directory.
  func path(of name: String) -> String { "\(path)/\(name)" }

  /// Whether the directory is ours; throws if it is somebody else's, not a directory, or not readable. false: it does not
  /// exist or is empty, and may become ours.
  func isOurs() throws(StorageError) -> Bool {
    let status: DiskStatus?
    do throws(DiskError) { status = try disk.status(path) } catch {
      if error.cause == .notADirectory { throw notOurs("a part of the path is a file, not a directory") }
      throw StorageError(error)
    }
    guard let status else { return false }
    guard status.isDirectory else { throw notOurs("it is a file, not a directory") }
    let names = try onDisk { () throws(DiskError) in try disk.list(path) }
    if names.contains(FileNames.manifest) { return true }
    // What a creation that was cut short leaves.
    let leftovers: Set<String> = [FileNames.lock, FileNames.manifest + FileNames.temporarySuffix]
    if let other = names.filter({ !leftovers.contains($0) }).min() {
      throw notOurs("it is not empty (it holds \(other)) and has no \(FileNames.manifest)")
    }
    return false
  }

  /// Creates the directory itself, so that it can be locked. Its name is made durable even if it is there: whoever made it
  /// may have ended before.
  func makeRoot() throws(StorageError) {
    try onDisk { () throws(DiskError) in
      if try disk.status(path) == nil { try disk.makeDirectory(path) }
      try disk.syncDirectory(parent)
    }
  }

  func lock() throws(StorageError) -> any DiskLock {
    do throws(DiskError) { return try disk.lock(lockPath) } catch {
      if case .locked(let holder) = error.cause {
        let who = holder.isEmpty ? "another process" : "process \(holder)"
        throw StorageError(
          .locked, "\(path): \(who) holds this data directory; stop it, or use its address instead of the directory")
      }
      throw StorageError(error)
    }
  }

  /// The folders within; each is there or made. Called with the lock held.
  func makeFolders() throws(StorageError) {
    try onDisk { () throws(DiskError) in
      // First what makes the directory ours: its manifest's name may be of a process that died before it was durable.
      try disk.syncDirectory(path)
      for folder in [journalPath, archivePath, tornPath] where try disk.status(folder) == nil {
        try disk.makeDirectory(folder)
      }
      try disk.syncDirectory(path)
    }
  }

  /// Ids of the segments that are there, ascending.
  func segmentIDs() throws(StorageError) -> [UInt64] {
    try onDisk { () throws(DiskError) in
      guard try disk.status(journalPath) != nil else { return [] }
      return try disk.list(journalPath).compactMap(FileNames.segmentID).sorted()
    }
  }

  /// Every file under `archive/` as the manifest would name it.
  func archiveFileNames() throws(StorageError) -> [String] {
    try onDisk { () throws(DiskError) in
      var names: [String] = []
      guard try disk.status(archivePath) != nil else { return [] }
      for folder in try disk.list(archivePath).sorted() {
        guard try disk.status("\(archivePath)/\(folder)")?.isDirectory == true else { continue }
        for name in try disk.list("\(archivePath)/\(folder)").sorted() {
          names.append("\(FileNames.archive)/\(folder)/\(name)")
        }
      }
      return names
    }
  }

  private var parent: String {
    guard let slash = path.dropLast(path.hasSuffix("/") ? 1 : 0).lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private func notOurs(_ why: String) -> StorageError {
    StorageError(
      .notADataDirectory, "\(path) is not a Hindcast data directory: \(why); name an empty or a new directory")
  }
}
