internal import HindcastFormat

/// What a data directory holds, put together from its files when it is opened.
struct RecoveredLog {
  var manifest: ManifestState
  var archives: [FileIndex] = []
  var sealed: [FileIndex] = []
  var producers: ProducerTable
  /// Behind the last position that was ever given out, as far as the disk tells.
  var nextPosition: UInt64
  var highestFileID: UInt64
  var newGaps: [GapRecord] = []
  var counters = StorageCounters()
}

/// Reads the files of a data directory and, when it may write, puts the newest segment's end in order. Every step can be
/// cut short and repeated: bytes are saved aside before they are cut, and a segment is sealed last.
struct Recovery {
  let directory: DataDirectory
  let options: LogStoreOptions
  let mayWrite: Bool
  var log: RecoveredLog

  /// With `mayWrite` the caller holds the lock.
  static func run(
    _ directory: DataDirectory, manifest: ManifestFile, options: LogStoreOptions, mayWrite: Bool
  ) throws(StorageError) -> RecoveredLog {
    var recovery = Recovery(directory: directory, manifest: manifest.state, options: options, mayWrite: mayWrite)
    try recovery.loadArchives()
    try recovery.loadSegments()
    try recovery.lookForLostEdit()
    try recovery.countIDs()
    recovery.passKnownGaps()
    recovery.log.counters.gapsFound = UInt64(recovery.log.newGaps.count)
    return recovery.log
  }

  private init(directory: DataDirectory, manifest: ManifestState, options: LogStoreOptions, mayWrite: Bool) {
    self.directory = directory
    self.options = options
    self.mayWrite = mayWrite
    log = RecoveredLog(
      manifest: manifest, producers: ProducerTable(manifest.producers, producersMax: options.producersMax),
      nextPosition: manifest.compactedPosition + 1, highestFileID: manifest.highestFileID)
  }

  /// Files that nobody names have ids too, unfinished ones and those set aside: what is left on the medium of such a file
  /// must not pass for a frame of a new one.
  private mutating func countIDs() throws(StorageError) {
    let unfinished = FileNames.temporarySuffix
    for name in try directory.archiveFileNames() {
      let id = FileNames.archiveID(name.hasSuffix(unfinished) ? String(name.dropLast(unfinished.count)) : name)
      log.highestFileID = max(log.highestFileID, id ?? 0)
    }
    let directory = directory
    let aside = try onDisk { () throws(DiskError) in
      try directory.disk.status(directory.tornPath) == nil ? [] : try directory.disk.list(directory.tornPath)
    }
    for name in aside { log.highestFileID = max(log.highestFileID, FileNames.asideID(name) ?? 0) }
  }

  /// Positions that are known to be lost are never given out again. If they lie behind all that is left, whatever stood
  /// before them is lost as well: they were given out after it.
  private mutating func passKnownGaps() {
    let known = (log.manifest.gaps + log.newGaps).sorted { $0.firstPosition < $1.firstPosition }
    for lost in known where lost.lastPosition >= log.nextPosition {
      missing(before: lost.firstPosition)
      log.nextPosition = lost.lastPosition + 1
    }
  }

  /// Remembers positions as lost, without those that are known to be or that the archive has.
  mutating func gap(_ positions: ClosedRange<UInt64>, _ reason: String) {
    if log.manifest.covers(positions) || log.newGaps.contains(where: { $0.covers(positions) }) { return }
    log.newGaps.append(
      GapRecord(firstPosition: positions.lowerBound, lastPosition: positions.upperBound, reason: reason))
  }
}

extension GapRecord {
  func covers(_ positions: ClosedRange<UInt64>) -> Bool {
    firstPosition <= positions.lowerBound && positions.upperBound <= lastPosition
  }
}
