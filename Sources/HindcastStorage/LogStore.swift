package import HindcastFormat
internal import Synchronization

/// The log of one data directory: appends that are durable when they return, reads over archive and journal, compaction.
///
/// One process opens it `.exclusive` and writes; any number of others may open it `.readOnly` meanwhile and see what was
/// durable when they opened it.
package final class LogStore: Sendable {
  package enum Mode: Sendable {
    /// Takes the directory's lock, creates what is missing, recovers.
    case exclusive
    /// Takes no lock and writes nothing.
    case readOnly
  }

  let directory: DataDirectory
  let options: LogStoreOptions
  let state: LogState
  let mode: Mode
  /// All nil when reading only.
  private let journal: Journal?
  private let space: SpaceUpkeep?
  let manifest: ManifestWriter?
  private let lock: Mutex<(any DiskLock)?>
  private let waiters: PositionWaiters

  /// Throws `.locked`, `.notADataDirectory`, `.permission`, `.corrupt` (the manifest is damaged) or `.io`.
  package static func open(
    directory path: String, mode: Mode, options: LogStoreOptions = LogStoreOptions(), disk: some Disk = PosixDisk()
  ) throws(StorageError) -> LogStore {
    let directory = DataDirectory(path: path, disk: disk)
    switch mode {
    case .exclusive: return try openExclusive(directory, options)
    case .readOnly:
      let shared = try loadReadOnly(directory, options)
      return LogStore(directory, options, .readOnly, shared, journal: nil, space: nil, lock: nil, manifest: nil)
    }
  }

  private init(
    _ directory: DataDirectory, _ options: LogStoreOptions, _ mode: Mode, _ shared: LogState.Shared,
    journal: ((LogState, PositionWaiters) -> Journal)?, space: SpaceUpkeep?, lock: (any DiskLock)?,
    manifest: ManifestFile?
  ) {
    self.directory = directory
    self.options = options
    self.mode = mode
    state = LogState(shared)
    waiters = PositionWaiters(durablePosition: shared.durablePosition)
    self.space = space
    self.journal = journal?(state, waiters)
    self.lock = Mutex(lock)
    let state = state
    self.manifest = manifest.map { ManifestWriter($0, directory: directory, options: options, state: state) }
  }

  deinit { waiters.close() }

  private static func openExclusive(
    _ directory: DataDirectory, _ options: LogStoreOptions
  ) throws(StorageError) -> LogStore {
    let exists = try directory.isOurs()
    if !exists { try directory.makeRoot() }
    let lock = try directory.lock()
    // Another process may have created the log while this one waited for nothing.
    if !exists, try !directory.isOurs() {
      try ManifestFile.write(directory, logID: LogID(), created: options.now(), edit: nil)
    }
    try directory.makeFolders()
    let space = try SpaceUpkeep(directory, options)
    // Recovery writes a footer and sets bytes aside; that must work on a disk that is full to the last byte.
    if let free = try? directory.disk.freeBytes(directory.path), free < UInt64(options.reserveBytes) {
      _ = space.giveUpReserve()
    }
    var manifest = try ManifestFile(opening: directory, forWriting: true)
    manifest.giveUpReserve = { [space] in space.giveUpReserve() }
    let log = try Recovery.run(directory, manifest: manifest, options: options, mayWrite: true)
    try checkNumbersLeft(
      directory, log.nextPosition, log.highestFileID, manifest.state.editNumber)
    try ManifestUpkeep.run(directory, &manifest, log, options)
    space.makeReserve()
    var shared = LogState.Shared(log)
    shared.manifest = manifest.state
    return LogStore(
      directory, options, .exclusive, shared,
      journal: { state, waiters in
        let writer = JournalWriter(
          directory: directory, options: options, logID: manifest.state.logID, state: state, waiters: waiters,
          space: space, producers: log.producers, nextPosition: log.nextPosition)
        return Journal(writer: writer, options: options)
      },
      space: space, lock: lock, manifest: manifest)
  }

  /// A log that counted that far was not written by us. Going on would give out numbers that no reader takes.
  private static func checkNumbersLeft(_ directory: DataDirectory, _ numbers: UInt64...) throws(StorageError) {
    for number in numbers where number > Limits.positionMax / 2 {
      throw StorageError(
        .corrupt,
        "\(directory.path): a file or an edit is numbered \(number): positions, ids or edit numbers are used up; the log can "
          + "be read, and copied into a new one, but not written")
    }
  }

  /// Between reading the manifest and the segments another process may compact: then positions are missing that a newer
  /// manifest explains.
  private static func loadReadOnly(
    _ directory: DataDirectory, _ options: LogStoreOptions
  ) throws(StorageError) -> LogState.Shared {
    guard try directory.isOurs() else {
      throw StorageError(
        .notADataDirectory, "\(directory.path) holds no log yet; start a server on it first, or name another directory")
    }
    while true {
      let before = try ManifestFile(opening: directory, forWriting: false)
      let log = try Recovery.run(directory, manifest: before, options: options, mayWrite: false)
      if try ManifestFile(opening: directory, forWriting: false).state.editNumber != before.state.editNumber {
        continue
      }
      var shared = LogState.Shared(log)
      shared.manifest.gaps += log.newGaps
      return shared
    }
  }

  // MARK: Appending

  /// Returns when the block is on disk. The caller has validated it and checked its hash. Throws `.staleEpoch`,
  /// `.sequenceGap`, `.diskFull` and `.overloaded` (send it again), `.journalFailed`, `.invalid`, `.closed`.
  package func append(
    _ block: EncodedBlock, producer: ProducerID = .none, epoch: UInt64 = 0, sequence: UInt64 = 0
  ) async throws(StorageError) -> AppendResult {
    let result = await withCheckedContinuation { continuation in
      submit(block, producer: producer, epoch: epoch, sequence: sequence) { continuation.resume(returning: $0) }
    }
    return try result.get()
  }

  /// `append` for callers that have many blocks on their way: queues the block and returns at once, so that blocks stand
  /// in the journal in the order of the calls. `completion` is called once, on the journal's thread or, when the block is
  /// refused at once, on this one; it must not block.
  package func submit(
    _ block: EncodedBlock, producer: ProducerID = .none, epoch: UInt64 = 0, sequence: UInt64 = 0,
    completion: @escaping @Sendable (Result<AppendResult, StorageError>) -> Void
  ) {
    if let refusal = refusal(of: block, producer: producer, sequence: sequence) { return completion(.failure(refusal)) }
    journal?.submit(
      AppendRequest(block: block, producer: producer, epoch: epoch, sequence: sequence, completion: completion))
  }

  /// What can be said against a block without looking at the log.
  private func refusal(of block: EncodedBlock, producer: ProducerID, sequence: UInt64) -> StorageError? {
    guard journal != nil else { return StorageError(.closed, "\(directory.path) is open for reading only") }
    guard block.bytes.count <= Limits.blockBytesMax, (1...Limits.rowsMax).contains(block.rowCount) else {
      return StorageError(
        .invalid, "a block of \(block.bytes.count) bytes and \(block.rowCount) rows is over the limits; make it smaller"
      )
    }
    guard producer == .none || sequence > 0 else {
      return StorageError(.invalid, "a producer's sequence starts at 1; this block has 0")
    }
    return nil
  }

  // MARK: Reading

  /// What the query chooses of all that is durable now. Throws `.unknownModel`, naming those there are.
  package func read(_ query: ReadQuery) throws(StorageError) -> LogCursor {
    guard mode == .readOnly else { return try cursor(query) }
    // Another process may remove files that are not open, so all are opened now.
    for _ in 0..<Self.reloadsMax {
      do {
        var cursor = try cursor(query)
        try cursor.openAll()
        return cursor
      } catch let error as DiskError where error.cause == .notFound {
        let shared = try Self.loadReadOnly(directory, options)
        state.shared.withLock { $0 = shared }
      } catch let error as DiskError {
        throw StorageError(error)
      } catch let error as StorageError {
        throw error
      } catch {
        throw StorageError(.io, "\(directory.path): \(error)")
      }
    }
    // A file that stays away is damage: the cursor reports it as a gap.
    return try cursor(query)
  }

  private func cursor(_ query: ReadQuery) throws(StorageError) -> LogCursor {
    let steps: Result<[LogCursor.Step], StorageError> = state.shared.withLock { shared in
      if let model = query.model {
        let models = shared.models
        if !models.contains(model) { return .failure(Self.unknownModel(model, models)) }
      }
      return .success(ReadPlan.steps(for: query, in: shared))
    }
    return LogCursor(steps: try steps.get(), of: query, state: state)
  }

  static func unknownModel(_ model: String, _ models: [String]) -> StorageError {
    let known = models.prefix(8).joined(separator: ", ")
    let what = models.isEmpty ? "it holds no model yet" : "it holds \(known)" + (models.count > 8 ? ", ..." : "")
    return StorageError(.unknownModel, "the log has no model \"\(model)\"; \(what)")
  }

  private static let reloadsMax = 8

  /// Returns the durable position once it is beyond `position`, or as it is when the task is cancelled or the log closed.
  package func waitForPosition(after position: UInt64) async -> UInt64 {
    await waiters.wait(after: position)
  }

  package var durablePosition: UInt64 { state.shared.withLock { $0.durablePosition } }

  package func streams() -> [StreamSummary] { state.shared.withLock { $0 }.streamSummaries }

  package func status() -> StorageStatus {
    var status = state.shared.withLock { $0 }.status
    if let waiting = journal?.waiting {
      status.queueBlocks = UInt64(waiting.blocks)
      status.queueBytes = UInt64(waiting.bytes)
    }
    return status
  }

  // MARK: Ending

  /// Takes no more blocks, writes what is queued, seals the active segment, gives back the directory's lock. Throws if
  /// the journal had failed. A compaction that runs ends within moments with `.closed`; this waits for it.
  package func close() async throws(StorageError) {
    state.shared.withLock { $0.isClosed = true }
    await journal?.close()
    space?.stop()
    waiters.close()
    manifest?.close()
    let failure = state.shared.withLock { $0.failure }
    lock.withLock { $0 = nil }
    if let failure { throw failure }
  }

  /// Seals the active segment, so that compaction can take it. Blocks the calling thread.
  func sealActiveSegment() { journal?.seal() }
}

extension LogState.Shared {
  init(_ log: RecoveredLog) {
    self.init(
      manifest: log.manifest, archives: log.archives, sealed: log.sealed, active: nil,
      durablePosition: log.nextPosition - 1, counters: log.counters, failure: nil,
      producerCount: log.producers.entries.count, highestFileID: log.highestFileID)
  }
}
