package import HindcastFormat
internal import Synchronization

/// Reads what a query chose, item after item, from a snapshot of the log: archive files first, then the journal up to the
/// position that was durable when the cursor was made. Keeps the files it needs, whatever compaction does meanwhile.
///
/// Every frame's checksums are verified as it is read; a bad one becomes a gap, and reading goes on behind it. Calls
/// block on the disk.
package struct LogCursor: Sendable {
  enum Step: Sendable {
    /// The blocks of these entries that the query wants.
    case file(FileIndex, entries: Range<Int>, isJournal: Bool)
    case gap(ReadGap)
    case reached(UInt64)
  }

  private let steps: [Step]
  private let query: ReadQuery
  private let state: LogState
  private var step = 0
  private var isBegun = false
  /// Of the current step's file: the one to be read next.
  private var entry = 0
  /// Of the current step's file; nil: not open yet.
  private var file: (any DiskFile)?
  /// Of the current step's file: which entries can hold rows that meet the query's conditions; nil: all of them.
  private var mayMeet: [Bool]?
  /// Opened beforehand, where another process may remove files: by step.
  private var opened: [Int: any DiskFile] = [:]
  private var pending: UInt64?

  init(steps: [Step], of query: ReadQuery, state: LogState) {
    self.steps = steps
    self.query = query
    self.state = state
    passUnwanted()
  }

  /// Opens all files now. Throws `notFound` if one is gone.
  mutating func openAll() throws(DiskError) {
    for (index, step) in steps.enumerated() {
      if case .file(let file, _, _) = step { opened[index] = try file.file.open() }
    }
  }

  /// nil at the end. Throws `.io` when the disk refuses for a reason that is not damage.
  package mutating func next() throws(StorageError) -> StoredItem? {
    if let position = pending {
      pending = nil
      return .reached(position)
    }
    guard step < steps.count else { return nil }
    switch steps[step] {
    case .gap(let gap):
      endStep()
      passUnwanted()
      return .gap(gap)
    case .reached(let position):
      endStep()
      passUnwanted()
      return .reached(position)
    case .file(let index, _, let isJournal):
      let wanted = index.entries[entry]
      let item = try read(wanted, of: index)
      entry += 1
      if isJournal { pending = wanted.position }
      passUnwanted()
      return item
    }
  }

  /// Payload bytes of the block that `next` would read now; 0 if it would give something else, or nothing.
  package var nextByteCount: Int {
    guard pending == nil, step < steps.count, case .file(let index, _, _) = steps[step] else { return 0 }
    return Int(index.entries[entry].payloadLength)
  }

  /// Goes on to the next block that is wanted, of this file or of one behind it, if no other step comes first.
  private mutating func passUnwanted() {
    while step < steps.count, case .file(let index, let entries, let isJournal) = steps[step] {
      if !isBegun {
        isBegun = true
        entry = entries.lowerBound
        if !isJournal, !query.conditions.isEmpty { compareZones(of: index, entries) }
      }
      while entry < entries.upperBound {
        if isWanted(entry, of: index), mayMeet?[entry] != false { return }
        entry += 1
      }
      endStep()
    }
  }

  private mutating func compareZones(of index: FileIndex, _ entries: Range<Int>) {
    // The reads that follow will say why.
    guard let file = try? opened[step] ?? index.file.open() else { return }
    self.file = file
    mayMeet = index.mayMeet(query.conditions, in: file)
    let passedOver = entries.count { isWanted($0, of: index) && mayMeet?[$0] == false }
    if passedOver > 0 { state.shared.withLock { $0.counters.blocksPassedOver += UInt64(passedOver) } }
  }

  private mutating func endStep() {
    file = nil
    mayMeet = nil
    isBegun = false
    opened[step] = nil
    step += 1
  }

  private func isWanted(_ entry: Int, of index: FileIndex) -> Bool {
    index.entries[entry].isWanted(by: query, streams: index.streams)
  }

  private mutating func read(_ entry: FrameEntry, of index: FileIndex) throws(StorageError) -> StoredItem {
    let outcome: BlockReading.Outcome
    do throws(DiskError) {
      let file: any DiskFile
      if let open = self.file ?? opened[step] { file = open } else { file = try index.file.open() }
      self.file = file
      outcome = try BlockReading.block(entry, of: file, fileID: index.id)
    } catch {
      guard error.cause == .medium || error.cause == .notFound else { throw StorageError(error) }
      outcome = .bad(error.description)
    }
    switch outcome {
    case .block(let block): return .block(block)
    case .bad(let reason):
      state.shared.withLock { $0.counters.badFramesRead += 1 }
      return .gap(ReadGap(positions: entry.position...entry.lastPosition, reason: reason))
    }
  }
}
