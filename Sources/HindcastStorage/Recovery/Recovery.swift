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
  private let directory: DataDirectory
  private let options: LogStoreOptions
  private let mayWrite: Bool
  private var log: RecoveredLog

  /// With `mayWrite` the caller holds the lock.
  static func run(
    _ directory: DataDirectory, manifest: ManifestFile, options: LogStoreOptions, mayWrite: Bool
  ) throws(StorageError) -> RecoveredLog {
    var recovery = Recovery(directory: directory, manifest: manifest.state, options: options, mayWrite: mayWrite)
    try recovery.loadArchives()
    try recovery.loadSegments()
    if manifest.hasTornTail { try recovery.lookForLostEdit() }
    // Positions that are known to be lost are never given out again.
    let lost = (recovery.log.manifest.gaps + recovery.log.newGaps).map(\.lastPosition).max() ?? 0
    recovery.log.nextPosition = max(recovery.log.nextPosition, lost + 1)
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

  // MARK: Archive

  /// A damaged or missing archive file does not keep the log from opening: what is gone is a gap.
  private mutating func loadArchives() throws(StorageError) {
    for archive in log.manifest.archives {
      let path = directory.path(of: archive.name)
      let retained = RetainedFile(path: path, disk: directory.disk)
      let id = FileNames.archiveID(archive.name) ?? 0
      do throws(DiskError) {
        let file = try retained.open()
        switch try SealedFile.ends(of: file, fileID: id) {
        case .sealed(let ends) where ends.header.logID == log.manifest.logID:
          log.archives.append(
            FileIndex(
              id: id, file: retained, streams: ends.footer.streams, entries: ends.footer.frames, positions: nil,
              byteCount: ends.byteCount, hasFooter: true, rowsHash: ends.footer.rowsHash))
        case .sealed:
          gap(archive.firstPosition...archive.lastPosition, "\(archive.name) belongs to another log")
        case .notSealed(let reason):
          let scan = try SegmentScan(of: file, fileID: id, firstPosition: 0, ascending: false)
          let (streams, entries) = scan.index
          log.counters.rebuiltIndexes += 1
          if entries.reduce(0, { $0 + UInt64($1.rows) }) != archive.rows {
            gap(archive.firstPosition...archive.lastPosition, "\(archive.name): \(reason); some of its rows are lost")
          }
          log.archives.append(
            FileIndex(
              id: id, file: retained, streams: streams, entries: entries, positions: nil,
              byteCount: try file.byteCount(), hasFooter: false))
        }
      } catch {
        switch error.cause {
        case .notFound, .medium: gap(archive.firstPosition...archive.lastPosition, error.description)
        default: throw StorageError(error)
        }
      }
    }
  }

  /// Segments are deleted only behind the edit that archives them. So if the manifest's last edit is torn and whole
  /// archive files that no edit names hold positions that no segment holds, that edit had been committed and was damaged
  /// later: what it archived is a gap until somebody restores the manifest, and its positions are not given out again.
  private mutating func lookForLostEdit() throws(StorageError) {
    let named = Set(log.manifest.archives.map(\.name))
    for name in try directory.archiveFileNames() where !named.contains(name) {
      guard let id = FileNames.archiveID(name) else { continue }
      let path = directory.path(of: name)
      let disk = directory.disk
      let outcome = try onDisk { () throws(DiskError) in
        try SealedFile.ends(of: try disk.open(path, .read), fileID: id)
      }
      guard case .sealed(let ends) = outcome, let last = ends.footer.frames.map(\.lastPosition).max(),
        last >= log.nextPosition
      else { continue }
      gap(log.nextPosition...last, "the manifest's last edit is damaged, which named \(name)")
      log.nextPosition = last + 1
    }
  }

  // MARK: Journal

  private mutating func loadSegments() throws(StorageError) {
    let ids = try directory.segmentIDs()
    for id in ids {
      log.highestFileID = max(log.highestFileID, id)
      let retained = RetainedFile(path: directory.segmentPath(id), disk: directory.disk)
      do throws(DiskError) {
        let file = try retained.open()
        switch try SealedFile.ends(of: file, fileID: id) {
        case .sealed(let ends): try addSealed(id, retained, ends)
        case .notSealed: try addUnsealed(id, retained, file, isNewest: id == ids.last)
        }
      } catch {
        // Compaction by another process has released it since it was listed.
        if error.cause == .notFound, !mayWrite { continue }
        throw StorageError(error)
      }
    }
  }

  private mutating func addSealed(_ id: UInt64, _ retained: RetainedFile, _ ends: SealedFile.Ends) throws(DiskError) {
    guard ends.header.logID == log.manifest.logID else { return foreign(retained) }
    let entries = ends.footer.frames
    guard let last = entries.last?.position else { return }
    let first = min(ends.header.firstPosition, entries[0].position)
    if log.manifest.releasedSegments.contains(id), last <= log.manifest.compactedPosition {
      return try release(id, retained, first...last)
    }
    missing(before: first)
    log.producers = ProducerTable(ends.footer.producers, producersMax: options.producersMax)
    log.nextPosition = max(log.nextPosition, last + 1)
    log.sealed.append(
      FileIndex(
        id: id, file: retained, streams: ends.footer.streams, entries: entries, positions: first...last,
        byteCount: ends.byteCount, hasFooter: true))
  }

  private mutating func addUnsealed(
    _ id: UInt64, _ retained: RetainedFile, _ file: any DiskFile, isNewest: Bool
  ) throws(DiskError) {
    // What is trusted from here on counts as durable, so it must be the medium's bytes, not only memory's.
    if mayWrite { try file.reload() }
    let scan = try SegmentScan(of: file, fileID: id, firstPosition: log.nextPosition)
    // A reader beside a server may have seen frames that were written a moment ago.
    if !mayWrite { try file.sync() }
    if let header = scan.fileHeader, header.logID != log.manifest.logID { return foreign(retained) }
    if scan.frames.isEmpty, scan.fileHeader == nil || scan.tail == .clean || scan.tail == .footer {
      return try addEmpty(id, retained, file, scan)
    }
    let first = scan.fileHeader?.firstPosition ?? scan.frames.first?.header.position ?? log.nextPosition
    missing(before: first)
    for damage in scan.damages {
      if let positions = damage.positions { gap(positions, "\(FileNames.segment(id)): \(damage.reason)") }
    }
    for frame in scan.frames {
      log.producers.record(
        frame.header.producer, epoch: frame.header.epoch, sequence: frame.header.sequence,
        position: frame.header.position)
    }
    log.nextPosition = max(log.nextPosition, scan.nextPosition)
    log.counters.rebuiltIndexes += isNewest ? 0 : 1

    let facts = RecoveryDecision.Facts(
      nextPosition: log.nextPosition, highestDurablePosition: scan.highestDurablePosition, hasTornTail: scan.isTorn)
    var end = scan.validEnd
    switch RecoveryDecision(facts) {
    case .seal: break
    case .recordGap(let positions):
      gap(positions, "\(FileNames.segment(id)): \(scan.tornReason)")
      log.nextPosition = positions.upperBound + 1
      if case .torn(let tornEnd, _) = scan.tail { end = Self.aligned(tornEnd) }
    case .cutTornTail:
      // Only the newest segment can have been torn by a crash; an older one is left as it is.
      if isNewest, mayWrite { try cut(id, file, scan) }
    }
    try finish(id, retained, file, scan, first: first, end: end, seal: isNewest && mayWrite)
  }

  /// A segment without a block: what a crash between creating a file and writing its first group leaves.
  private mutating func addEmpty(
    _ id: UInt64, _ retained: RetainedFile, _ file: any DiskFile, _ scan: SegmentScan
  ) throws(DiskError) {
    guard mayWrite else { return }
    if scan.isTorn { try cut(id, file, scan) }
    try directory.disk.remove(retained.path)
    try directory.disk.syncDirectory(directory.journalPath)
  }

  /// Saves the torn bytes aside, then cuts them off. Repeating it after a crash finds the same bytes or none.
  private mutating func cut(_ id: UInt64, _ file: any DiskFile, _ scan: SegmentScan) throws(DiskError) {
    guard case .torn(let end, _) = scan.tail else { return }
    let name = "\(FileNames.hexadecimal(id))-\(scan.validEnd).torn"
    let aside = try directory.disk.open("\(directory.tornPath)/\(name)", .replace)
    var offset = scan.validEnd
    while offset < end {
      let bytes = try file.read(at: offset, count: Int(min(end - offset, 1 << 20)))
      if bytes.isEmpty { break }
      try aside.write(bytes, at: offset - scan.validEnd)
      offset += UInt64(bytes.count)
    }
    try aside.sync()
    try directory.disk.syncDirectory(directory.tornPath)
    log.counters.tornTails += 1
    log.counters.tornBytes += end - scan.validEnd
  }

  /// Adds the segment's index; with `seal` also writes its footer.
  private mutating func finish(
    _ id: UInt64, _ retained: RetainedFile, _ readFile: any DiskFile, _ scan: SegmentScan, first: UInt64,
    end: UInt64, seal: Bool
  ) throws(DiskError) {
    let (streams, entries) = scan.index
    var byteCount = try readFile.byteCount()
    let last = log.nextPosition - 1
    if seal {
      var footer = FileFooter()
      footer.streams = streams
      footer.frames = entries
      footer.producers = log.producers.states
      footer.contentHash = FileFooter.contentHash(of: entries)
      footer.rows = entries.reduce(0) { $0 + UInt64($1.rows) }
      let bytes = FrameWriting.ending(footer: footer, fileID: id, offset: end, durablePosition: last)
      let file = try directory.disk.open(retained.path, .readWrite)
      try file.truncate(to: end)
      try file.write(bytes, at: end)
      try file.sync()
      byteCount = end + UInt64(bytes.count)
    }
    if entries.isEmpty { return }
    log.sealed.append(
      FileIndex(
        id: id, file: retained, streams: streams, entries: entries, positions: first...max(first, last),
        byteCount: byteCount, hasFooter: seal))
  }

  /// A segment that the manifest has released: removed, or set aside when a part of it could not be archived.
  private func release(_ id: UInt64, _ retained: RetainedFile, _ positions: ClosedRange<UInt64>) throws(DiskError) {
    guard mayWrite else { return }
    let isDamaged = log.manifest.gaps.contains {
      $0.firstPosition <= positions.upperBound && positions.lowerBound <= $0.lastPosition
    }
    if isDamaged {
      try directory.disk.rename(retained.path, to: "\(directory.tornPath)/\(FileNames.segment(id))")
    } else {
      try directory.disk.remove(retained.path)
    }
  }

  // MARK: Gaps

  /// Positions between the last segment's and this one's that no file holds.
  private mutating func missing(before first: UInt64) {
    if first > log.nextPosition {
      gap(log.nextPosition...(first - 1), "no segment holds these positions")
      log.nextPosition = first
    }
  }

  private mutating func foreign(_ retained: RetainedFile) {
    gap(log.nextPosition...log.nextPosition, "\(retained.path) belongs to another log and is not read")
  }

  private mutating func gap(_ positions: ClosedRange<UInt64>, _ reason: String) {
    if log.manifest.covers(positions) || log.newGaps.contains(where: { $0.covers(positions) }) { return }
    log.newGaps.append(
      GapRecord(firstPosition: positions.lowerBound, lastPosition: positions.upperBound, reason: reason))
  }

  private static func aligned(_ offset: UInt64) -> UInt64 {
    (offset + UInt64(FrameHeader.alignment) - 1) & ~(UInt64(FrameHeader.alignment) - 1)
  }
}

extension SegmentScan {
  var isTorn: Bool { if case .torn = tail { true } else { false } }
  var tornReason: String { if case .torn(_, let reason) = tail { reason } else { "frames are missing at its end" } }
}

extension GapRecord {
  func covers(_ positions: ClosedRange<UInt64>) -> Bool {
    firstPosition <= positions.lowerBound && positions.upperBound <= lastPosition
  }
}
