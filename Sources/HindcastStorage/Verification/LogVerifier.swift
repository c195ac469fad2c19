internal import HindcastFormat

/// Reads every byte of a data directory and holds it to its checksums, its footers and the manifest. Writes nothing and
/// takes no lock, so it runs beside a server; files that the server releases meanwhile are passed over.
package struct LogVerifier {
  private let directory: DataDirectory
  private var manifest: ManifestState
  private let progress: ((VerifyProgress) -> Void)?
  private var report = VerifyReport()
  private var filesTotal = 0
  /// The last position that the segments so far hold.
  private var heldPosition: UInt64 = 0

  /// Damage is in the report. Throws `.notADataDirectory`, `.permission`, `.corrupt` when the manifest itself cannot be
  /// read, `.io`.
  package static func verify(
    directory path: String, progress: ((VerifyProgress) -> Void)? = nil, disk: some Disk = PosixDisk()
  ) throws(StorageError) -> VerifyReport {
    let directory = DataDirectory(path: path, disk: disk)
    guard try directory.isOurs() else {
      throw StorageError(.notADataDirectory, "\(path) holds no log: there is nothing to verify")
    }
    let file = try ManifestFile(opening: directory, forWriting: false)
    var verifier = LogVerifier(directory: directory, manifest: file.state, progress: progress)
    try verifier.run()
    return verifier.report
  }

  private init(directory: DataDirectory, manifest: ManifestState, progress: ((VerifyProgress) -> Void)?) {
    self.directory = directory
    self.manifest = manifest
    self.progress = progress
    report.gaps = manifest.gaps.map { $0.firstPosition...$0.lastPosition }
    report.trimmed = manifest.trimmed
  }

  private mutating func run() throws(StorageError) {
    let ids = try directory.segmentIDs().filter { !manifest.releasedSegments.contains($0) }
    filesTotal = manifest.archives.count + ids.count
    for archive in manifest.archives { try verify(archive) }
    var next = manifest.compactedPosition + 1
    for id in ids {
      try verifySegment(id, isNewest: id == ids.last, next: &next)
    }
    // What stood before a recorded gap was given out before it, and no segment that is left holds it.
    for gap in manifest.gaps.sorted(by: { $0.firstPosition < $1.firstPosition }) where gap.lastPosition >= next {
      try checkNoneMissing(before: gap.firstPosition, directory.journalPath, &next)
      next = max(next, gap.lastPosition + 1)
    }
  }

  // MARK: Archive

  private mutating func verify(_ archive: ArchiveFile) throws(StorageError) {
    let path = directory.path(of: archive.name)
    let positions = archive.firstPosition...max(archive.firstPosition, archive.lastPosition)
    guard let file = try open(path) else {
      try reloadManifest()
      if manifest.archives.contains(where: { $0.name == archive.name }) {
        bad(path, 0, positions, "the file is missing")
      }
      return
    }
    let id = FileNames.archiveID(archive.name) ?? 0
    report.archiveFiles += 1
    let checked = try check(file, .archive, id: id, positions)
    if checked.isWhole, checked.rows != archive.rows || checked.rowsHash != archive.rowsHash {
      bad(path, 0, positions, "its \(checked.rows) rows are not the \(archive.rows) that the manifest names")
    }
    tell(path)
  }

  // MARK: Journal

  private mutating func verifySegment(_ id: UInt64, isNewest: Bool, next: inout UInt64) throws(StorageError) {
    let path = directory.segmentPath(id)
    guard let file = try open(path) else {
      // What it held is in an archive now, or trimmed.
      try reloadManifest()
      next = max(next, manifest.compactedPosition + 1)
      return
    }
    report.segments += 1
    switch try onDisk({ () throws(DiskError) in try SealedFile.ends(of: file, .segment, fileID: id) }) {
    case .sealed(let ends):
      if let first = ends.footer.frames.first?.position {
        checkNoneHeld(first...max(first, ends.durablePosition), path)
        try checkNoneMissing(before: first, path, &next)
      }
      _ = try check(file, .segment, id: id, nil)
      checkPositions(of: ends, path)
      next = max(next, ends.durablePosition + 1)
    case .notSealed(let reason):
      if !isNewest { bad(path, 0, nil, "the segment is not the newest and yet not sealed: \(reason)") }
      let scan = try onDisk { () throws(DiskError) in try SegmentScan(of: file, fileID: id) }
      if let first = scan.firstPosition { try checkNoneMissing(before: first, path, &next) }
      // Whose header is damaged begins where the segment before ended: its first blocks may be what was damaged.
      let verdict = SegmentVerdict(
        scan, firstPosition: scan.firstPosition ?? next, watermark: next - 1, limit: nil)
      for gap in verdict.gaps where !manifest.covers(gap.positions) { bad(path, 0, gap.positions, gap.reason) }
      for stray in verdict.strayBytes { bad(path, stray.offset, nil, stray.reason) }
      let kept = scan.frames.prefix(verdict.keptFrames)
      if let first = kept.first?.header.position { checkNoneHeld(first...max(first, verdict.nextPosition - 1), path) }
      for frame in kept {
        _ = try checkBlock(FrameEntry(frame.header, offset: frame.offset, stream: 0), file, id)
      }
      if let torn = verdict.torn { report.unsealedTailBytes += torn.upperBound - torn.lowerBound }
      next = max(next, verdict.nextPosition)
    }
    tell(path)
  }

  private mutating func checkNoneHeld(_ positions: ClosedRange<UInt64>, _ path: String) {
    if positions.lowerBound <= heldPosition {
      let twice = positions.lowerBound...min(positions.upperBound, heldPosition)
      bad(path, 0, twice, "a segment before this one holds these positions: they are read there")
    }
    heldPosition = max(heldPosition, positions.upperBound)
  }

  /// Between what is archived or stands in earlier segments and this segment's first position there is nothing.
  private mutating func checkNoneMissing(
    before first: UInt64, _ path: String, _ next: inout UInt64
  ) throws(StorageError) {
    guard first > next, !manifest.covers(next...(first - 1)) else { return }
    // What is gone may have been archived since the manifest was read, and before the segments were listed.
    try reloadManifest()
    next = max(next, manifest.compactedPosition + 1)
    guard first > next, !manifest.covers(next...(first - 1)) else { return }
    bad(path, 0, next...(first - 1), "no segment holds these positions")
  }

  /// In a segment positions follow each other and frames do, unless the manifest says what was lost between them.
  private mutating func checkPositions(of ends: SealedFile.Ends, _ path: String) {
    let manifest = manifest
    func isKnown(_ positions: ClosedRange<UInt64>) -> Bool {
      positions.upperBound <= manifest.compactedPosition || manifest.covers(positions)
    }
    var next: (position: UInt64, offset: UInt64)?
    for entry in ends.footer.frames {
      if let next {
        let missing = next.position < entry.position ? next.position...(entry.position - 1) : nil
        if let missing, !isKnown(missing) {
          bad(path, next.offset, missing, "the footer names no frames for these positions")
        } else if missing == nil, entry.offset != next.offset {
          bad(path, next.offset, nil, "bytes that are no frame stand before offset \(entry.offset)")
        }
      }
      next = (
        entry.position + 1,
        entry.offset + UInt64(FrameHeader.frameByteCount(payloadLength: Int(entry.payloadLength)))
      )
    }
    if let next, next.position <= ends.durablePosition, !isKnown(next.position...ends.durablePosition) {
      bad(path, next.offset, next.position...ends.durablePosition, "the footer names no frames for these positions")
    }
  }

  // MARK: Files and frames

  private struct Checked {
    var rows: UInt64 = 0
    var rowsHash: UInt64 = 0
    /// No bad frame.
    var isWhole = true
  }

  /// A sealed file, frame by frame as its footer names them.
  private mutating func check(
    _ file: any DiskFile, _ kind: SealedFile.Kind, id: UInt64, _ positions: ClosedRange<UInt64>?
  ) throws(StorageError) -> Checked {
    var checked = Checked()
    let outcome = try onDisk { () throws(DiskError) in try SealedFile.ends(of: file, kind, fileID: id) }
    guard case .sealed(let ends) = outcome else {
      bad(file.path, 0, positions, outcome.reason)
      checked.isWhole = false
      return checked
    }
    if ends.header.logID != manifest.logID { bad(file.path, 0, positions, "the file belongs to another log") }
    let zones = ends.footer.zones
    for (index, entry) in ends.footer.frames.enumerated() {
      guard let block = try checkBlock(entry, file, id) else {
        checked.isWhole = false
        continue
      }
      if block.rowCount != Int(entry.rows) || block.stream != ends.footer.streams[Int(entry.stream)] {
        bad(file.path, entry.offset, entry.position...entry.lastPosition, "the block is not the one its footer names")
      }
      if !zones.isEmpty, !zones[index].describe(block) {
        let positions = entry.position...entry.lastPosition
        bad(file.path, entry.offset, positions, "its footer says of columns what their values contradict")
      }
      checked.rows += UInt64(block.rowCount)
      checked.rowsHash &+= RowHash.total(of: block, sums: RowHash.sums(of: block))
    }
    if checked.isWhole, checked.rows != ends.footer.rows {
      bad(file.path, ends.footerOffset, nil, "its \(checked.rows) rows are not the \(ends.footer.rows) of its footer")
    }
    return checked
  }

  private mutating func checkBlock(
    _ entry: FrameEntry, _ file: any DiskFile, _ id: UInt64
  ) throws(StorageError) -> Block? {
    let positions = entry.position...entry.lastPosition
    let outcome: BlockReading.Outcome
    do throws(DiskError) { outcome = try BlockReading.block(entry, of: file, fileID: id) } catch {
      guard error.cause == .medium else { throw StorageError(error) }
      outcome = .bad(error.description)
    }
    switch outcome {
    case .bad(let reason):
      bad(file.path, entry.offset, positions, reason)
      return nil
    case .block(let stored):
      report.blocks += 1
      report.rows += UInt64(entry.rows)
      report.bytes += UInt64(FrameHeader.byteCount + stored.bytes.count)
      do throws(FormatError) { return try BlockDecoder.decode(stored.bytes) } catch {
        bad(file.path, entry.offset, positions, error.message)
        return nil
      }
    }
  }

  /// nil: the file is not there. That is damage only if the manifest, as it is then, does not say why.
  private func open(_ path: String) throws(StorageError) -> (any DiskFile)? {
    do throws(DiskError) { return try directory.disk.open(path, .read) } catch {
      guard error.cause == .notFound else { throw StorageError(error) }
      return nil
    }
  }

  /// A server that runs beside may have compacted or trimmed since the manifest was read.
  private mutating func reloadManifest() throws(StorageError) {
    manifest = try ManifestFile(opening: directory, forWriting: false).state
  }

  private mutating func bad(_ path: String, _ offset: UInt64, _ positions: ClosedRange<UInt64>?, _ reason: String) {
    report.badFrames.append(
      VerifyReport.BadFrame(path: path, offset: offset, positions: positions, reason: reason))
  }

  private func tell(_ path: String) {
    progress?(
      VerifyProgress(
        filesDone: report.segments + report.archiveFiles, filesTotal: filesTotal, bytesDone: report.bytes, path: path))
  }
}
