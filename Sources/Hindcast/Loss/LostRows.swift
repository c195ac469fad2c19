internal import HindcastFormat

/// Events that were given up together: a block, or what is known of one that can't be read.
struct LostRows: Sendable, Equatable {
  /// nil: not known, as the bytes that say it are damaged.
  var stream: StreamKey?
  var reason: LossCause
  /// 0: not known.
  var rows: Int
  /// Encoded, or in memory if they never were.
  var bytes: Int
  /// Least and greatest event time, microseconds since 1970 UTC; nil: they have none, or it is not known.
  var times: ClosedRange<Int64>?
}

extension LostRows {
  init(_ block: EncodedBlock, _ reason: LossCause) {
    self.init(
      stream: block.stream, reason: reason, rows: block.rowCount, bytes: block.bytes.count,
      times: Self.times(block.stream.kind, block.minTime, block.maxTime))
  }

  /// Events that were never encoded.
  init(_ block: Block, bytes: Int, _ reason: LossCause) {
    let times = block.times ?? []
    self.init(
      stream: block.stream, reason: reason, rows: block.rowCount, bytes: bytes,
      times: Self.times(block.stream.kind, times.min() ?? 0, times.max() ?? 0))
  }

  static func times(_ kind: EventKind?, _ minTime: Int64, _ maxTime: Int64) -> ClosedRange<Int64>? {
    guard minTime <= maxTime, let kind, !kind.isUndated(minTime: minTime, maxTime: maxTime) else { return nil }
    return minTime...maxTime
  }
}
