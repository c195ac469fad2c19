internal import HindcastFormat
internal import Synchronization

/// Turns sealed segments into archive files, some rows at a time: reads blocks in the order of positions until memory
/// for decoded rows is used up, writes a file for each model and day of them, and commits with one manifest edit.
///
/// A crash anywhere leaves either the state before or after an edit, and files that no edit names; the next exclusive
/// open removes those, and the next compaction starts from the compacted position again. Inputs are deleted only behind
/// the edit, and once no cursor holds them.
struct Compaction {
  /// A stretch of the journal that is archived with one edit.
  private struct Batch {
    var partition = DayPartition()
    var endPosition: UInt64 = 0
    var released: [FileIndex] = []
    var gaps: [GapRecord] = []
  }

  private struct Output {
    var archive: ArchiveFile
    var index: FileIndex
  }

  private let directory: DataDirectory
  private let options: LogStoreOptions
  private let state: LogState
  private let manifest: ManifestWriter
  private let segments: [FileIndex]
  private let progress: ((CompactionProgress) -> Void)?
  private let blocksTotal: Int
  private var compactedPosition: UInt64
  private var report = CompactionReport()
  /// Exact duplicates of committed batches.
  private var dropped: UInt64 = 0

  /// `manifest` is that of `store`, whose active segment was sealed, and has this down as the job that runs.
  init(_ store: LogStore, _ manifest: ManifestWriter, progress: ((CompactionProgress) -> Void)?) {
    self.manifest = manifest
    directory = store.directory
    options = store.options
    state = store.state
    self.progress = progress
    (segments, compactedPosition) = store.state.shared.withLock { ($0.sealed, $0.manifest.compactedPosition) }
    let done = compactedPosition
    blocksTotal = segments.reduce(0) { $0 + $1.entries.count { $0.position > done } }
    report.compactedPosition = compactedPosition
  }

  mutating func run() throws(StorageError) -> CompactionReport {
    while let last = segments.last?.positions?.upperBound, compactedPosition < last {
      var batch = try readBatch()
      let outputs = try write(&batch)
      try commit(batch, outputs)
    }
    return report
  }

  // MARK: Reading

  private mutating func readBatch() throws(StorageError) -> Batch {
    var batch = Batch()
    for segment in segments {
      guard let positions = segment.positions, positions.upperBound > compactedPosition else { continue }
      let file = try onDisk { () throws(DiskError) in try segment.file.open() }
      for entry in segment.entries where entry.position > compactedPosition {
        if batch.partition.rawByteCount >= options.compactionRawBytesMax { return batch }
        try read(entry, of: file, segment, into: &batch)
        batch.endPosition = entry.position
        report.blocksRead += 1
        try tell(.reading)
      }
      batch.endPosition = positions.upperBound
      batch.released.append(segment)
    }
    return batch
  }

  private mutating func read(
    _ entry: FrameEntry, of file: any DiskFile, _ segment: FileIndex, into batch: inout Batch
  ) throws(StorageError) {
    let outcome: BlockReading.Outcome
    do throws(DiskError) { outcome = try BlockReading.block(entry, of: file, fileID: segment.id) } catch {
      guard error.cause == .medium else { throw StorageError(error) }
      outcome = .bad(error.description)
    }
    let reason: String
    switch outcome {
    case .bad(let bad): reason = bad
    case .block(let stored):
      do throws(FormatError) {
        let block = try BlockDecoder.decode(stored.bytes)
        report.rowsRead += UInt64(block.rowCount)
        report.bytesRead += UInt64(stored.bytes.count)
        batch.partition.add(block.withRowPositions(entry.position))
        return
      } catch {
        reason = "\(file.path): offset \(entry.offset), position \(entry.position): \(error.message)"
      }
    }
    // What cannot be read cannot be archived: it is recorded as lost, and the segment is kept for whoever can save it.
    report.gaps += 1
    batch.gaps.append(GapRecord(firstPosition: entry.position, lastPosition: entry.lastPosition, reason: reason))
  }

  // MARK: Writing

  private mutating func write(_ batch: inout Batch) throws(StorageError) -> [Output] {
    var outputs: [Output] = []
    var folders: Set<String> = []
    do throws(StorageError) {
      try batch.partition.takeParts { part throws(StorageError) in
        outputs.append(try write(part, endPosition: batch.endPosition))
        folders.insert(FileNames.folder(ofModel: part.model))
      }
      try onDisk { () throws(DiskError) in
        for folder in folders.sorted() { try directory.disk.syncDirectory("\(directory.archivePath)/\(folder)") }
        if !folders.isEmpty { try directory.disk.syncDirectory(directory.archivePath) }
      }
    } catch {
      // No edit names them. What cannot be removed now is removed at the next exclusive open.
      for output in outputs { try? directory.disk.remove(output.index.file.path) }
      throw error
    }
    return outputs
  }

  private mutating func write(_ part: DayPartition.Part, endPosition: UInt64) throws(StorageError) -> Output {
    let id = state.takeFileID()
    let folder = FileNames.folder(ofModel: part.model)
    let name = "\(FileNames.archive)/\(folder)/\(FileNames.archiveFile(day: part.day, id: id))"
    let path = directory.path(of: name)
    let disk = directory.disk
    try onDisk { () throws(DiskError) in try disk.makeDirectory("\(directory.archivePath)/\(folder)") }
    do throws(StorageError) {
      var writer = try ArchiveWriter(
        path: path, id: id, logID: state.shared.withLock { $0.manifest.logID }, disk: disk, options: options,
        durablePosition: endPosition)
      var expected = ArchiveCheck.Contents()
      for pieces in part.pieces {
        let (duplicates, rowsHash) = try writer.write(pieces)
        expected.rows += pieces.reduce(0) { $0 + UInt64($1.block.rowCount) } - UInt64(duplicates)
        expected.rowsHash &+= rowsHash
        report.exactDuplicatesDropped += UInt64(duplicates)
        try tell(.writing)
      }
      let (footer, byteCount) = try writer.finish(rowsHash: expected.rowsHash)
      try tell(.verifying)
      let contents = try ArchiveCheck.contents(of: writer.temporaryPath, id: id, disk: disk)
      guard contents == expected else {
        throw StorageError(
          .corrupt,
          "\(path): \(contents.rows) rows read back with hash \(contents.rowsHash), \(expected.rows) with hash "
            + "\(expected.rowsHash) were written; the journal is kept as it was")
      }
      try onDisk { () throws(DiskError) in try disk.rename(writer.temporaryPath, to: path) }
      report.rowsWritten += footer.rows
      report.filesWritten += 1
      report.bytesWritten += byteCount
      return Output(
        archive: ArchiveFile(name: name, model: part.model, footer: footer, bytes: byteCount),
        index: FileIndex(
          id: id, file: RetainedFile(path: path, disk: disk), streams: footer.streams,
          entries: FrameEntries(footer.frames),
          positions: nil, byteCount: byteCount, hasFooter: true, rowsHash: footer.rowsHash))
    } catch {
      try? disk.remove(path + FileNames.temporarySuffix)
      throw error
    }
  }

  // MARK: Committing

  private mutating func commit(_ batch: Batch, _ outputs: [Output]) throws(StorageError) {
    // Nobody else changes them while this job runs.
    let before = state.shared.withLock { $0.manifest.producers }
    let producers = try SegmentRelease.producers(
      behind: batch.released, from: before, producersMax: options.producersMax)
    let released = Set(batch.released.map(\.id))
    let duplicates = report.exactDuplicatesDropped - dropped
    // If this throws, whether the edit is on disk is not known, so its files stay.
    try manifest.commit { _, edit in
      edit.compactedPosition = batch.endPosition
      edit.added = outputs.map(\.archive)
      edit.releasedSegments = batch.released.map(\.id)
      edit.gaps = batch.gaps
      edit.producers = producers
      return true
    } publish: { shared in
      shared.archives += outputs.map(\.index)
      shared.sealed.removeAll { released.contains($0.id) }
      shared.counters.compactions += 1
      shared.counters.rowsCompacted += outputs.reduce(0) { $0 + $1.archive.rows }
      shared.counters.exactDuplicatesDropped += duplicates
    }
    dropped = report.exactDuplicatesDropped
    SegmentRelease.remove(batch.released, gaps: state.shared.withLock { $0.manifest.gaps }, from: directory)
    compactedPosition = batch.endPosition
    report.compactedPosition = batch.endPosition
    report.segmentsReleased += batch.released.count
    announce(.committed)
  }

  /// Also where a run ends early when the store is closed: nothing of the present step is committed yet.
  private func tell(_ phase: CompactionProgress.Phase) throws(StorageError) {
    if state.shared.withLock({ $0.isClosed }) {
      throw StorageError(.closed, "\(directory.path): the log was closed during a compaction; run it again later")
    }
    announce(phase)
  }

  private func announce(_ phase: CompactionProgress.Phase) {
    progress?(
      CompactionProgress(phase: phase, blocksDone: report.blocksRead, blocksTotal: blocksTotal, report: report))
  }
}

extension ArchiveFile {
  init(name: String, model: String, footer: FileFooter, bytes: UInt64) {
    self.init(
      name: name, model: model, rows: footer.rows, bytes: bytes,
      firstPosition: footer.frames.map(\.position).min() ?? 0,
      lastPosition: footer.frames.map(\.lastPosition).max() ?? 0, minTime: footer.frames.map(\.minTime).min() ?? 0,
      maxTime: footer.frames.map(\.maxTime).max() ?? 0, rowsHash: footer.rowsHash)
  }
}
