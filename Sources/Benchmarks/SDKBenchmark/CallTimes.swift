/// Times of single calls, in nanoseconds, of all threads.
struct CallTimes {
  private var sorted: [UInt32]

  init(_ times: [[UInt32]]) {
    sorted = times.flatMap { $0 }
    sorted.sort()
  }

  /// The time that so many of a thousand calls do not exceed.
  func perMille(_ share: Double) -> Double {
    guard !sorted.isEmpty else { return 0 }
    return Double(sorted[min(Int(Double(sorted.count) * share / 1_000), sorted.count - 1)])
  }

  var fields: [(String, Double)] {
    [
      ("p50", perMille(500)), ("p99", perMille(990)), ("p99.9", perMille(999)),
      ("max", Double(sorted.last ?? 0)), ("calls", Double(sorted.count)),
    ]
  }
}
