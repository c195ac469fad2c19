internal import Synchronization

/// Events of one stream that were lost for one reason. Many threads count, one tells.
final class LossCounter: Sendable {
  private let count = Atomic<Int>(0)
  private let byteCount = Atomic<Int>(0)
  private let firstTime = Atomic<Int64>(.max)
  private let lastTime = Atomic<Int64>(.min)

  struct Sums: Equatable {
    var count = 0
    /// Bytes that their values took, or would have taken, in memory.
    var byteCount = 0
    /// The range of their times, microseconds since 1970.
    var firstTime = Int64.max
    var lastTime = Int64.min
  }

  func add(bytes: Int, time: Int64) { add(Sums(count: 1, byteCount: bytes, firstTime: time, lastTime: time)) }

  /// The times go before the count: whoever sees a count sees times that cover it, unless they were told already.
  func add(_ lost: Sums) {
    if lost.firstTime < firstTime.load(ordering: .relaxed) { firstTime.min(lost.firstTime, ordering: .relaxed) }
    if lost.lastTime > lastTime.load(ordering: .relaxed) { lastTime.max(lost.lastTime, ordering: .relaxed) }
    byteCount.add(lost.byteCount, ordering: .relaxed)
    count.add(lost.count, ordering: .releasing)
  }

  var total: Int { count.load(ordering: .acquiring) }
  var totalBytes: Int { byteCount.load(ordering: .relaxed) }

  /// What was lost since `told`, with the times since the last call; only one thread may ask. An event that is being
  /// counted at this moment may have its time in this answer and its count in the next.
  func take(since told: Sums) -> Sums? {
    let count = count.load(ordering: .acquiring)
    guard count > told.count else { return nil }
    let byteCount = byteCount.load(ordering: .relaxed)
    var new = Sums(count: count - told.count, byteCount: byteCount - told.byteCount)
    new.firstTime = firstTime.exchange(.max, ordering: .relaxed)
    new.lastTime = lastTime.exchange(.min, ordering: .relaxed)
    if new.firstTime == .max { new.firstTime = told.firstTime }
    if new.lastTime == .min { new.lastTime = told.lastTime }
    return new
  }
}

/// What a stream lost, by reason.
final class StreamLosses: Sendable {
  private let tallies = LossCause.allCases.map { _ in LossCounter() }

  subscript(_ cause: LossCause) -> LossCounter { tallies[cause.rawValue] }

  /// Bytes of the events that were dropped.
  var droppedBytes: Int {
    self[.queueFull].totalBytes + self[.shutdown].totalBytes
  }
}
