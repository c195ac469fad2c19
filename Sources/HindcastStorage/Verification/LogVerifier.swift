internal import HindcastFormat

/// Reads every byte of a data directory and holds it to its checksums, its footers and the manifest. Writes nothing and
/// takes no lock, so it runs beside a server; files that the server releases meanwhile are passed over.
package struct LogVerifier {
  private let directory: DataDirectory
  private let manifest: ManifestState
  private let progress: ((VerifyProgress) -> Void)?
  private var report = VerifyReport()
  private var filesTotal = 0

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
  }

  private mutating func run() throws(StorageError) {
    let ids = try directory.segmentIDs().filter { !manifest.releasedSegments.contains($0) }
    filesTotal = manifest.archives.count + ids.count
    for archive in manifest.archives { try verify(archive) }
    var next = manifest.compactedPosition + 1
    for id in ids {
      try verifySegment(id, isNewest: id == ids.last, next: &next)
    }
  }

  // MARK: Archive

  private mutating func verify(_ archive: ArchiveFile) throws(StorageError) {
    let path = directory.path(of: archive.name)
    let positions = archive.firstPosition...archive.lastPosition
    guard let file = try open(path, isExpected: true, positions) else { return }
    let id = FileNames.archiveID(archive.name) ?? 0
    report.archiveFiles += 1
    let checked = try check(file, id: id, positions)
    if checked.isWhole, checked.rows != archive.rows || checked.rowsHash != archive.rowsHash {
      bad(path, 0, positions, "its \(checked.rows) rows are not the \(archive.rows) that the manifest names")
    }
    tell(path)
  }

  // MARK: Journal

  private mutating func verifySegment(_ id: UInt64, isNewest: Bool, next: inout UInt64) throws(StorageError) {
    let path = directory.segmentPath(id)
    guard let file = try open(path, isExpected: false, nil) else { return }
    report.segments += 1
    switch try onDisk({ () throws(DiskError) in try SealedFile.ends(of: file, fileID: id) }) {
    case .sealed(let ends):
      if let first = ends.footer.frames.first?.position, first > next, !manifest.covers(next...(first - 1)) {
        bad(path, 0, next...(first - 1), "no segment holds these positions")
      }
      let last = ends.footer.frames.last?.position ?? 0
      _ = try check(file, id: id, nil)
      next = max(next, last + 1)
    case .notSealed(let reason):
      if !isNewest { bad(path, 0, nil, "the segment is not the newest and yet not sealed: \(reason)") }
      let expected = next
      let scan = try onDisk { () throws(DiskError) in
        try SegmentScan(of: file, fileID: id, firstPosition: expected)
      }
      for damage in scan.damages { bad(path, damage.offset, damage.positions, damage.reason) }
      for frame in scan.frames {
        _ = try checkBlock(FrameEntry(frame.header, offset: frame.offset, stream: 0), file, id)
      }
      if case .torn(let end, _) = scan.tail { report.unsealedTailBytes += end - scan.validEnd }
      next = max(next, scan.nextPosition)
    }
    tell(path)
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
    _ file: any DiskFile, id: UInt64, _ positions: ClosedRange<UInt64>?
  ) throws(StorageError) -> Checked {
    var checked = Checked()
    let outcome = try onDisk { () throws(DiskError) in try SealedFile.ends(of: file, fileID: id) }
    guard case .sealed(let ends) = outcome else {
      bad(file.path, 0, positions, outcome.reason)
      checked.isWhole = false
      return checked
    }
    if ends.header.logID != manifest.logID { bad(file.path, 0, positions, "the file belongs to another log") }
    for entry in ends.footer.frames {
      guard let block = try checkBlock(entry, file, id) else {
        checked.isWhole = false
        continue
      }
      if block.rowCount != Int(entry.rows) || block.stream != ends.footer.streams[Int(entry.stream)] {
        bad(file.path, entry.offset, entry.position...entry.lastPosition, "the block is not the one its footer names")
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

  /// nil: the file is not there. That is damage only if nobody may remove it.
  private mutating func open(
    _ path: String, isExpected: Bool, _ positions: ClosedRange<UInt64>?
  ) throws(StorageError) -> (any DiskFile)? {
    do throws(DiskError) { return try directory.disk.open(path, .read) } catch {
      guard error.cause == .notFound else { throw StorageError(error) }
      if isExpected { bad(path, 0, positions, "the file is missing") }
      return nil
    }
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
