package import HindcastFormat
internal import Synchronization

/// Reads what a query chose, item after item, from a snapshot of the log: archive files first, then the journal up to the
/// position that was durable when the cursor was made. Keeps the files it needs, whatever compaction does meanwhile.
///
/// Every frame's checksums are verified as it is read; a bad one becomes a gap, and reading goes on behind it. Calls
/// block on the disk.
package struct LogCursor: Sendable {
  enum Step: Sendable {
    case file(FileIndex, entries: [FrameEntry], isJournal: Bool)
    case gap(ReadGap)
    case reached(UInt64)
  }

  private let steps: [Step]
  private let state: LogState
  private var step = 0
  private var entry = 0
  /// Of the current step's file; nil: not open yet.
  private var file: (any DiskFile)?
  /// Opened beforehand, where another process may remove files: by step.
  private var opened: [Int: any DiskFile] = [:]
  private var pending: UInt64?

  init(steps: [Step], state: LogState) {
    self.steps = steps
    self.state = state
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
    while step < steps.count {
      switch steps[step] {
      case .gap(let gap):
        step += 1
        return .gap(gap)
      case .reached(let position):
        step += 1
        return .reached(position)
      case .file(let index, let entries, let isJournal):
        guard entry < entries.count else {
          file = nil
          opened[step] = nil
          step += 1
          entry = 0
          continue
        }
        let wanted = entries[entry]
        let item = try read(wanted, of: index)
        entry += 1
        if isJournal { pending = wanted.position }
        return item
      }
    }
    return nil
  }

  /// Payload bytes of the block that `next` would read now; 0 if it would give something else, or nothing.
  package var nextByteCount: Int {
    guard pending == nil else { return 0 }
    var entry = entry
    for step in steps[step...] {
      guard case .file(_, let entries, _) = step else { return 0 }
      if entry < entries.count { return Int(entries[entry].payloadLength) }
      entry = 0
    }
    return 0
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
