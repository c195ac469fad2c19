internal import Dispatch
internal import HindcastFormat
internal import HindcastStorage
internal import Synchronization

/// A data directory in memory, everything that reads one, and what must hold of what they say. Refusing to open is always
/// right as far as this is concerned: what is served must be true, and what is gone must be told.
struct LogHarness {
  static let path = "/log"
  let disk = MemoryDisk()

  static func segmentPath(_ id: UInt64) -> String { "\(path)/journal/\(hexadecimal(id)).segment" }
  static let manifestPath = "\(path)/MANIFEST"
  static func archiveName(_ id: UInt64) -> String { "archive/fraud/2018-10-31-\(hexadecimal(id)).archive" }

  private static func hexadecimal(_ id: UInt64) -> String {
    let digits = String(id, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  static let options: LogStoreOptions = {
    var options = LogStoreOptions()
    options.segmentBytesMax = 4_096
    options.freeBytesMin = 0
    options.reserveBytes = 0
    // Both write when a thread gets to it, which would make an input do one thing today and another tomorrow.
    options.preparation = .off
    options.marksWhenIdle = false
    options.archiveBlockRows = 16
    options.archiveCodec = .zlib
    options.now = { 1_541_000_000_000_000 }
    options.steadyNow = { 0 }
    return options
  }()

  // MARK: Reading

  /// What a reader of the whole log is told.
  struct Reading {
    struct Stored: Equatable {
      var position: UInt64
      var lastPosition: UInt64
      var hash: UInt64
    }
    var archived: [Stored] = []
    var journal: [Stored] = []
    var gaps: [ClosedRange<UInt64>] = []
    var durablePosition: UInt64
    var compactedPosition: UInt64

    var summary: String {
      "archived up to \(compactedPosition), durable up to \(durablePosition), journal \(journal.map(\.position)), gaps \(gaps)"
    }
  }

  /// nil when the log is not opened.
  func readOnly() throws(Violation) -> Reading? {
    guard
      let store = accepted({ () throws(StorageError) in
        try LogStore.open(directory: Self.path, mode: .readOnly, options: Self.options, disk: disk)
      })
    else { return nil }
    return try read(store)
  }

  private func read(_ store: LogStore) throws(Violation) -> Reading? {
    let status = store.status()
    _ = store.streams()
    var reading = Reading(
      durablePosition: store.durablePosition, compactedPosition: status.compactedPosition)
    guard var cursor = accepted({ () throws(StorageError) in try store.read(ReadQuery()) }) else { return nil }
    var reached: UInt64 = 0
    var isJournal = status.compactedPosition == 0
    while true {
      let item = try demanded("a log that was opened cannot be read") { () throws(StorageError) in try cursor.next() }
      switch item {
      case nil:
        try require(
          reached == reading.durablePosition || reading.durablePosition == 0,
          "the end was reached at \(reached), not at the durable position \(reading.durablePosition)")
        return reading
      case .block(let block):
        try require(Checksum.xxh3(block.bytes) == block.payloadHash, "a block was read whose hash is wrong")
        let stored = Reading.Stored(
          position: block.position, lastPosition: block.lastPosition, hash: block.payloadHash)
        if isJournal { reading.journal.append(stored) } else { reading.archived.append(stored) }
      case .gap(let gap): reading.gaps.append(gap.positions)
      case .reached(let position):
        try require(position >= reached, "position \(position) was reached after \(reached)")
        reached = position
        isJournal = true
      }
    }
  }

  /// Positions ascend, none comes twice, and none is passed over in silence.
  func check(_ reading: Reading) throws(Violation) {
    var last = reading.compactedPosition
    for block in reading.journal {
      try require(
        block.position > last, "journal position \(block.position) was read behind position \(last)")
      last = block.position
    }
    var told = reading.gaps + reading.journal.map { $0.position...$0.position }
    told.sort { $0.lowerBound < $1.lowerBound }
    var next = reading.compactedPosition + 1
    for range in told where range.upperBound >= next {
      try require(
        range.lowerBound <= next,
        "positions \(next) to \(range.lowerBound - 1) are neither read nor told of as a gap: \(reading.summary)")
      next = range.upperBound + 1
    }
    try require(
      next > reading.durablePosition,
      "positions \(next) to \(reading.durablePosition) are neither read nor told of as a gap: \(reading.summary)")
  }

  /// Tools that look at damage show it, and go on.
  func inspect() throws(Violation) {
    _ = accepted { () throws(StorageError) in try LogVerifier.verify(directory: Self.path, disk: disk) }
    for (path, bytes) in disk.files {
      guard var inspection = accepted({ () throws(StorageError) in try FileInspection(path: path, disk: disk) }) else {
        continue
      }
      // Every frame takes at least a header's bytes; a stretch of bad ones takes eight.
      for _ in 0...bytes.count / 8 {
        let frame = try demanded("\(path) cannot be inspected") { () throws(StorageError) in try inspection.next() }
        if frame == nil { break }
      }
    }
  }

  // MARK: Writing

  /// Opens for writing, which recovers; then a block is appended and the log closed. What could be read before can be read
  /// after, what is told as lost stays told, and the block is there.
  func recover(after before: Reading?, _ choices: LogChoices) throws(Violation) {
    var options = Self.options
    if choices.contains(.prepares) { options.preparation = .inline }
    let chosen = options
    guard
      let store = accepted({ () throws(StorageError) in
        try LogStore.open(directory: Self.path, mode: .exclusive, options: chosen, disk: disk)
      })
    else { return }
    let recovered = try read(store)
    if let before, let recovered {
      try require(
        recovered.journal == before.journal,
        "recovery changed the blocks of the journal that can be read: \(before.summary), then \(recovered.summary)")
      try require(recovered.archived == before.archived, "recovery changed the blocks of the archive that can be read")
    }
    let appended = Self.append(Self.block, to: store)
    if case .success(let position) = appended {
      try require(
        position > recovered?.durablePosition ?? 0, "a block was appended at position \(position), given out before")
    }
    if choices.contains(.compacts) { _ = accepted { () throws(StorageError) in try store.compact() } }
    if choices.contains(.trims) {
      var policy = RetentionPolicy(bytesMax: 1)
      policy.includesUncompacted = choices.contains(.trimsUncompacted)
      _ = accepted { () throws(StorageError) in try store.trim(policy) }
    }
    Self.close(store)
    let after = try readOnly()
    guard let recovered, case .success(let position) = appended else { return }
    guard let after else { throw Violation("a log that was recovered and closed cannot be opened") }
    try require(after.durablePosition >= position, "an appended block is gone")
    try check(after)
    if after.compactedPosition == recovered.compactedPosition, !choices.contains(.trims) {
      let summary = "\(recovered.summary), then \(after.summary)"
      try require(after.journal.last?.position == position, "an appended block is not the last: \(summary)")
      let left = after.journal.dropLast().filter { block in !recovered.gaps.contains { $0.contains(block.position) } }
      let expected = recovered.journal.filter { block in !recovered.gaps.contains { $0.contains(block.position) } }
      // Where segments contradict each other, one that ends the log is judged by itself, and later by the next one, too: what
      // was told as lost may then be found after all.
      try require(left == expected, "other blocks are read once one was appended: \(summary)")
    }
  }

  private static let block: EncodedBlock = {
    guard
      let block = accepted({ () throws(FormatError) in
        try BlockEncoder(effort: .ingest, codec: .zlib).encode(SampleBlocks.predictions(1, first: 1_000))
      })
    else { fatalError("the sample block cannot be encoded") }
    return block
  }()

  /// The position of one more block.
  static func append(
    _ block: EncodedBlock, to store: LogStore, producer: ProducerID = .none, epoch: UInt64 = 0, sequence: UInt64 = 0
  ) -> Result<UInt64, StorageError> {
    let done = Signal<Result<UInt64, StorageError>>()
    store.submit(block, producer: producer, epoch: epoch, sequence: sequence) { done.give($0.map(\.position)) }
    return done.wait()
  }

  static func close(_ store: LogStore) {
    let done = Signal<Bool>()
    Task.detached {
      do {
        try await store.close()
        done.give(true)
      } catch {
        done.give(false)
      }
    }
    _ = done.wait()
  }
}

/// One value from another thread.
private final class Signal<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let semaphore = DispatchSemaphore(value: 0)

  func give(_ given: Value) {
    value.withLock { $0 = given }
    semaphore.signal()
  }

  /// Called once.
  func wait() -> Value {
    semaphore.wait()
    return value.withLock { $0! }
  }
}
