/// Lost events: how many, what they took in memory, and the earliest and latest of their times (microseconds since 1970 UTC).
package struct LossSum: Sendable, Equatable {
  package var count: UInt64
  package var bytes: UInt64
  package var times: ClosedRange<Int64>

  package init(count: UInt64, bytes: UInt64 = 0, times: ClosedRange<Int64>) {
    self.count = count
    self.bytes = bytes
    self.times = times
  }

  mutating func add(_ other: LossSum) {
    count = count.addingClamped(other.count)
    bytes = bytes.addingClamped(other.bytes)
    times = min(times.lowerBound, other.times.lowerBound)...max(times.upperBound, other.times.upperBound)
  }
}

/// Lost events by reason.
///
/// The same reports give the same sums in whatever order they come. So, of more reasons than `Limits.lossReasonsMax`, the
/// first ones by name are kept apart, and what the others lost stands under `other`.
package struct LossSums: Sendable, Equatable {
  private var sums: [String: LossSum] = [:]

  package static let other = "other"

  package init() {}

  package mutating func add(_ sum: LossSum, reason: String) {
    merge(sum, reason)
    guard sums.count > Limits.lossReasonsMax else { return }
    let named = sums.keys.lazy.filter { $0 != Self.other }
    guard named.count > Limits.lossReasonsMax, let last = named.max() else { return }
    // Had it come before, it would have gone then: there are as many before it.
    if let evicted = sums.removeValue(forKey: last) { merge(evicted, Self.other) }
  }

  private mutating func merge(_ sum: LossSum, _ reason: String) {
    if sums[reason]?.add(sum) == nil { sums[reason] = sum }
  }

  package var isEmpty: Bool { sums.isEmpty }
  /// Of all reasons.
  package var count: UInt64 { sums.values.reduce(0) { $0.addingClamped($1.count) } }
  /// In the order of the reasons' names.
  package var byReason: [(reason: String, sum: LossSum)] { sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

  package subscript(_ reason: String) -> LossSum? { sums[reason] }
}
