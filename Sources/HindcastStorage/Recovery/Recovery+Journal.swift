internal import HindcastFormat

/// The segments of a journal: first all of them are looked at, so that the highest durable position anywhere is known, then
/// each is judged.
extension Recovery {
  private enum Found {
    case sealed(SealedFile.Ends)
    case unsealed(SegmentScan)
  }

  private struct Segment {
    var id: UInt64
    var file: RetainedFile
    var found: Found

    /// Of the file's own header; nil: it is damaged.
    var header: FileHeader? {
      switch found {
      case .sealed(let ends): ends.header
      case .unsealed(let scan): scan.fileHeader
      }
    }

    /// The lowest position that was given out in it, as far as the file tells.
    var firstPosition: UInt64? {
      switch found {
      case .sealed(let ends): firstFrame.map { min($0, ends.header.firstPosition) }
      case .unsealed(let scan): scan.firstPosition ?? firstFrame
      }
    }

    /// No block was written to it, and it was not sealed.
    var isEmpty: Bool { if case .unsealed(let scan) = found { scan.isEmpty } else { false } }

    /// The same for the segments before it, of which `durable` was acknowledged: a header that claims some of that is not
    /// believed where the first frame does not. nil: it is empty.
    func firstPosition(behind durable: UInt64) -> UInt64? {
      if isEmpty { return nil }
      let told = [firstPosition, firstFrame].compactMap { $0 }
      return told.first { $0 > durable } ?? told.first
    }

    private var firstFrame: UInt64? {
      switch found {
      case .sealed(let ends): ends.footer.frames.first?.position
      case .unsealed(let scan): scan.frames.first?.header.position
      }
    }

    /// Every position up to here was acknowledged, as far as the file tells.
    var durablePosition: UInt64 {
      let before = header.map { max(1, $0.firstPosition) - 1 } ?? 0
      return switch found {
      case .sealed(let ends): max(before, ends.durablePosition, ends.footer.frames.last?.position ?? 0)
      case .unsealed(let scan): max(before, scan.highestDurablePosition)
      }
    }
  }

  mutating func loadSegments() throws(StorageError) {
    let segments = try lookAtSegments()
    let watermark = segments.map(\.durablePosition).reduce(log.manifest.compactedPosition, max)
    let newest = segments.lastIndex { !$0.isEmpty } ?? segments.count - 1
    var durable: UInt64 = 0
    for (index, segment) in segments.enumerated() {
      // A segment that nothing was written to ends no other one. What stood before it was given out before it.
      if segment.isEmpty, index != newest {
        if let first = segment.firstPosition { missing(before: first) }
        if mayWrite { try onDisk { () throws(DiskError) in try remove(segment) } }
        continue
      }
      durable = max(durable, segment.durablePosition)
      let follower = segments[(index + 1)...].lazy.compactMap { $0.firstPosition(behind: durable) }.first
      try onDisk { () throws(DiskError) in
        switch segment.found {
        case .sealed(let ends): try addSealed(segment, ends)
        case .unsealed(let scan):
          try addUnsealed(
            segment, scan, isNewest: index == newest, watermark: watermark,
            limit: follower.map { $0 - 1 })
        }
      }
    }
  }

  private mutating func lookAtSegments() throws(StorageError) -> [Segment] {
    var segments: [Segment] = []
    let ids = try directory.segmentIDs()
    for id in ids {
      log.highestFileID = max(log.highestFileID, id)
      let retained = RetainedFile(path: directory.segmentPath(id), disk: directory.disk)
      let found: Found
      do throws(DiskError) {
        if log.manifest.releasedSegments.contains(id) {
          try release(id, retained)
          continue
        }
        found = try look(at: retained, id, isNewest: id == ids.last)
      } catch {
        // Compaction by another process has released it since it was listed.
        if error.cause == .notFound, !mayWrite { continue }
        throw StorageError(error)
      }
      let segment = Segment(id: id, file: retained, found: found)
      // Somebody else's file is neither read nor touched. If one of ours is missing for it, that is a gap.
      if let header = segment.header, header.logID != log.manifest.logID {
        log.counters.foreignFiles += 1
      } else {
        segments.append(segment)
      }
    }
    return segments
  }

  private func look(at retained: RetainedFile, _ id: UInt64, isNewest: Bool) throws(DiskError) -> Found {
    let file = try retained.open()
    // What is trusted from here on counts as durable, so it must be the medium's bytes, not only memory's. The last process
    // may have ended before its fsync of the newest segment's footer.
    if isNewest { try file.reload() }
    if case .sealed(let ends) = try SealedFile.ends(of: file, .segment, fileID: id) { return .sealed(ends) }
    if !isNewest { try file.reload() }
    let scan = try SegmentScan(of: file, fileID: id)
    // A reader beside a server may have seen frames that were written a moment ago.
    if !mayWrite { try file.sync() }
    return .unsealed(scan)
  }

  /// A segment that the manifest has released: removed, or set aside when a part of it could not be archived.
  private func release(_ id: UInt64, _ retained: RetainedFile) throws(DiskError) {
    guard mayWrite else { return }
    let file = try retained.open()
    var isDamaged = true
    if case .sealed(let ends) = try SealedFile.ends(of: file, .segment, fileID: id),
      let first = ends.footer.frames.first?.position
    {
      isDamaged = log.manifest.gaps.contains {
        $0.firstPosition <= ends.durablePosition && min(first, ends.header.firstPosition) <= $0.lastPosition
      }
    }
    if isDamaged {
      try directory.disk.rename(retained.path, to: "\(directory.tornPath)/\(FileNames.segment(id))")
    } else {
      try directory.disk.remove(retained.path)
    }
  }

  // MARK: Sealed

  private mutating func addSealed(_ segment: Segment, _ ends: SealedFile.Ends) throws(DiskError) {
    let last = max(ends.durablePosition, ends.footer.frames.last?.position ?? 0)
    let begin = segment.firstPosition ?? ends.header.firstPosition
    // A block more or a position more than nothing: only recovery seals a segment of which no frame is left.
    guard begin <= last, let first = firstUnheld(from: begin, to: last) else { return }
    let entries = ends.footer.frames.filter { $0.position >= first }
    missing(before: first)
    missing(in: entries, first...last, FileNames.segment(segment.id))
    // A segment that is all in the archive is one that compaction released: what it knows of producers is older than what
    // the manifest knows.
    if last > log.manifest.compactedPosition {
      log.producers = ProducerTable(ends.footer.producers, producersMax: options.producersMax)
    }
    log.nextPosition = max(log.nextPosition, last + 1)
    log.sealed.append(
      FileIndex(
        id: segment.id, file: segment.file, streams: ends.footer.streams, entries: FrameEntries(entries),
        positions: first...last,
        byteCount: ends.byteCount, hasFooter: true))
  }

  /// Positions that a footer covers and names no frame for: recovery found them damaged and sealed the segment. The
  /// manifest has them as gaps, unless the process died between the two.
  private mutating func missing(in entries: [FrameEntry], _ positions: ClosedRange<UInt64>, _ name: String) {
    var next = positions.lowerBound
    for entry in entries {
      if entry.position > next {
        unarchivedGap(next...(entry.position - 1), "\(name): its footer names no frames for them")
      }
      next = max(next, entry.position + 1)
    }
    if next <= positions.upperBound {
      unarchivedGap(next...positions.upperBound, "\(name): its footer names no frames for them")
    }
  }

  // MARK: Not sealed

  private mutating func addUnsealed(
    _ segment: Segment, _ scan: SegmentScan, isNewest: Bool, watermark: UInt64, limit: UInt64?
  ) throws(DiskError) {
    let begin = segment.firstPosition ?? log.nextPosition
    guard let first = firstUnheld(from: begin, to: scan.frames.last?.header.position) else { return }
    let verdict = SegmentVerdict(
      scan, firstPosition: first, watermark: watermark, limit: isNewest ? nil : limit ?? watermark)
    let name = FileNames.segment(segment.id)
    let (streams, kept) = scan.index(ofFirst: verdict.keptFrames)
    let entries = kept.filter { $0.position >= first }
    if entries.isEmpty, verdict.gaps.isEmpty {
      // Of an older segment nothing is cut, so if it has a block, then one that contradicts other segments.
      if isNewest ? !kept.isEmpty : !scan.isEmpty {
        log.counters.foreignFiles += 1
      } else if mayWrite {
        try removeEmpty(segment, verdict)
      }
      return
    }
    missing(before: first)
    for found in verdict.gaps { unarchivedGap(found.positions, "\(name): \(found.reason)") }
    for frame in scan.frames.prefix(verdict.keptFrames) {
      log.producers.record(
        frame.header.producer, epoch: frame.header.epoch, sequence: frame.header.sequence,
        position: frame.header.position)
    }
    log.nextPosition = max(log.nextPosition, verdict.nextPosition)
    // A segment is sealed before the next one is begun: an older one has lost its footer. Its bytes stay as they are.
    let seals = isNewest && mayWrite
    if !isNewest { log.counters.rebuiltIndexes += 1 }
    let byteCount =
      seals
      ? try seal(segment, streams, entries, verdict)
      : try directory.disk.status(segment.file.path)?.byteCount ?? 0
    log.sealed.append(
      FileIndex(
        id: segment.id, file: segment.file, streams: streams, entries: FrameEntries(entries),
        positions: first...max(first, verdict.nextPosition - 1), byteCount: byteCount, hasFooter: seals))
  }

  /// A segment without a block: what a crash between creating a file and writing its first group leaves.
  private mutating func removeEmpty(_ segment: Segment, _ verdict: SegmentVerdict) throws(DiskError) {
    if let torn = verdict.torn { try save(torn, of: segment) }
    try remove(segment)
  }

  private func remove(_ segment: Segment) throws(DiskError) {
    try directory.disk.remove(segment.file.path)
    try directory.disk.syncDirectory(directory.journalPath)
  }

  /// Saves torn bytes aside, cuts them off, and writes the footer. Returns the file's length.
  private mutating func seal(
    _ segment: Segment, _ streams: [StreamKey], _ entries: [FrameEntry], _ verdict: SegmentVerdict
  ) throws(DiskError) -> UInt64 {
    if let torn = verdict.torn { try save(torn, of: segment) }
    var footer = FileFooter()
    footer.streams = streams
    footer.frames = entries
    footer.producers = log.producers.states
    footer.contentHash = FileFooter.contentHash(of: entries)
    footer.rows = entries.reduce(0) { $0 + UInt64($1.rows) }
    let bytes = FrameWriting.ending(
      footer: footer, fileID: segment.id, offset: verdict.sealOffset, durablePosition: log.nextPosition - 1)
    let file = try directory.disk.open(segment.file.path, .readWrite)
    // Torn bytes go first, so that saving them again after a crash finds the same or none. Zeros that were prepared go last:
    // on a full disk the footer stands in their room.
    if verdict.torn != nil { try file.truncate(to: verdict.sealOffset) }
    try file.write(bytes, at: verdict.sealOffset)
    try file.truncate(to: verdict.sealOffset + UInt64(bytes.count))
    try file.sync()
    return verdict.sealOffset + UInt64(bytes.count)
  }

  /// Repeating it after a crash finds the same bytes or none.
  private mutating func save(_ torn: Range<UInt64>, of segment: Segment) throws(DiskError) {
    let file = try segment.file.open()
    let name = "\(FileNames.hexadecimal(segment.id))-\(torn.lowerBound).torn"
    let aside = try directory.disk.open("\(directory.tornPath)/\(name)", .replace)
    var offset = torn.lowerBound
    while offset < torn.upperBound {
      let bytes = try file.read(at: offset, count: Int(min(torn.upperBound - offset, 1 << 20)))
      if bytes.isEmpty { break }
      try aside.write(bytes, at: offset - torn.lowerBound)
      offset += UInt64(bytes.count)
    }
    try aside.sync()
    try directory.disk.syncDirectory(directory.tornPath)
    log.counters.tornTails += 1
    log.counters.tornBytes += torn.upperBound - torn.lowerBound
  }

  // MARK: Held twice, and missing

  /// Where a segment begins, or goes on behind what the ones before it hold. Each position is read once, where it was found
  /// first; nil: all that this segment has, another one has, and somebody put it there.
  private mutating func firstUnheld(from first: UInt64, to last: UInt64?) -> UInt64? {
    guard let held = log.sealed.last?.positions?.upperBound, first <= held else { return first }
    if let last, last > held { return held + 1 }
    log.counters.foreignFiles += 1
    return nil
  }

  /// Positions between the last segment's and these that no file holds.
  mutating func missing(before first: UInt64) {
    if first > log.nextPosition {
      gap(log.nextPosition...(first - 1), "no segment holds these positions")
      log.nextPosition = first
    }
  }

  /// What the archive has of a segment that is archived in part is not missing.
  private mutating func unarchivedGap(_ positions: ClosedRange<UInt64>, _ reason: String) {
    let first = max(positions.lowerBound, log.manifest.compactedPosition + 1)
    if first <= positions.upperBound { gap(first...positions.upperBound, reason) }
  }
}
