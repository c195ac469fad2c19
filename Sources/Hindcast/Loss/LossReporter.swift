internal import HindcastFormat

/// Makes blocks of what was lost, so that the log itself tells of it: for each stream a block of kind `loss`, with a row a
/// reason. Used by the worker's thread only.
struct LossReporter {
  private var told: [Key: LossCounter.Sums] = [:]

  private struct Key: Hashable {
    var stream: Int
    var isOnTheWay: Bool
    var cause: LossCause
  }

  private static func places(of stream: EventStream) -> [(key: Key, tally: LossCounter)] {
    LossCause.allCases.flatMap { cause in
      [
        (Key(stream: stream.number, isOnTheWay: false, cause: cause), stream.losses[cause]),
        (Key(stream: stream.number, isOnTheWay: true, cause: cause), stream.lossesOnTheWay[cause]),
      ]
    }
  }

  /// A block for each stream that has news. They count as told.
  mutating func takeReports(_ streams: [EventStream], now: Int64) -> [Block] {
    streams.compactMap { stream in
      var report = LossBlockBuilder(stream.key)
      for (key, tally) in Self.places(of: stream) {
        let before = told[key] ?? LossCounter.Sums()
        guard let new = tally.take(since: before) else { continue }
        told[key] = LossCounter.Sums(
          count: before.count + new.count, byteCount: before.byteCount + new.byteCount, firstTime: new.firstTime,
          lastTime: new.lastTime)
        report.append(new, key.cause, kind: stream.key.kind, now: now)
      }
      return report.block
    }
  }
}
