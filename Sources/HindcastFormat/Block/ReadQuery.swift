/// Which stored blocks a reader wants. Blocks are chosen whole; rows outside the ranges are the reader's to drop
/// (`RowRange`).
package struct ReadQuery: Sendable, Equatable {
  /// First position wanted; positions start at 1.
  package var fromPosition: UInt64 = 1
  /// First position no longer wanted; nil: all that is durable.
  package var toPosition: UInt64?
  /// nil: every model. A model the log does not know is an error, so that a typing mistake does not read as "no events".
  package var model: String?
  package var version: String?
  /// Empty: every kind.
  package var kinds: Set<EventKind> = []
  package var environment: Environment?
  /// Event time, microseconds since 1970 UTC, half open; nil: no bound.
  package var times: Range<Int64>?
  /// All of them must hold of a row.
  package var conditions: [ColumnCondition] = []

  package init() {}

  /// Whether a block of this stream, with these positions and times, can hold a row that is wanted.
  package func wants(
    _ stream: StreamKey, positions: ClosedRange<UInt64>, minTime: Int64, maxTime: Int64
  ) -> Bool {
    if let model, stream.model != model { return false }
    if let version, stream.version != version { return false }
    if let environment, stream.environment != environment { return false }
    if !kinds.isEmpty, !kinds.contains(stream.kind) { return false }
    if positions.upperBound < fromPosition { return false }
    if let toPosition, positions.lowerBound >= toPosition { return false }
    // Rows without a time pass, as they do in `RowRange`.
    guard let times, !stream.kind.isUndated(minTime: minTime, maxTime: maxTime) else { return true }
    return maxTime >= times.lowerBound && minTime < times.upperBound
  }
}

/// What a read yields, in order. The archive comes first, then the journal.
package enum StoredItem: Sendable {
  case block(StoredBlock)
  /// A stretch that was damaged or trimmed.
  case gap(ReadGap)
  /// Everything wanted up to and with this position has been yielded: a reader may keep it as its checkpoint.
  /// Within the archive positions come out of order, so this appears only behind it, and then behind every journal block.
  case reached(UInt64)
}

/// A block as it lies in a segment or an archive file.
package struct StoredBlock: Sendable {
  package var position: UInt64
  /// In an archive the highest position of its rows (then each row's own is in the system column `position`), else the
  /// same as `position`.
  package var lastPosition: UInt64
  /// `hindcast.v1.Block`, checked against its hash.
  package var bytes: [UInt8]
  package var payloadHash: UInt64

  package init(position: UInt64, lastPosition: UInt64, bytes: [UInt8], payloadHash: UInt64) {
    self.position = position
    self.lastPosition = lastPosition
    self.bytes = bytes
    self.payloadHash = payloadHash
  }
}
