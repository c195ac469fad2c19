internal import HindcastFormat

/// What loss reports say of the predictions that an evaluation is about, until windows are cut.
///
/// A report counts whole, at the earliest of the times of the events that it stands for: in the window that holds this time.
/// So each lost prediction is counted once, and the same reports give the same figures in whatever order they come.
struct LostPredictions {
  private struct Place: Hashable {
    /// Where the report counts; with windows of a duration, the start of the window.
    var time: Int64
    var reason: UInt32
  }

  private let every: WindowLength
  private var counts: [Place: UInt64] = [:]
  private var reasons: [String] = []
  private var numbers: [String: UInt32] = [:]

  /// What a place and a reason take, tables that are half empty included.
  private static let placeBytes = 64
  private static let reasonBytes = 256

  init(every: WindowLength) { self.every = every }

  mutating func add(_ report: LossReport) throws(EvaluationError) {
    var time = report.sum.times.lowerBound
    if case .microseconds(let length) = every { time = WindowCutter.boundaries(around: time, length: length).start }
    let place = Place(time: time, reason: number(of: report.reason))
    counts[place] = counts[place, default: 0].addingClamped(report.sum.count)
    guard counts.count * Self.placeBytes + reasons.count * Self.reasonBytes <= EvaluationLimits.lossBytesMax else {
      throw EvaluationError(
        .overLimit,
        "the loss reports take more than the \(EvaluationLimits.lossBytesMax) bytes they may: evaluate a narrower range "
          + "of event time, or windows of a length of time")
    }
  }

  private mutating func number(of reason: String) -> UInt32 {
    if let number = numbers[reason] { return number }
    let number = UInt32(reasons.count)
    reasons.append(reason)
    numbers[reason] = number
    return number
  }

  /// Of windows of a duration those in which something was lost, ascending; otherwise none.
  var windowStarts: [Int64] {
    guard case .microseconds = every else { return [] }
    return Set(counts.keys.lazy.map(\.time)).sorted()
  }

  /// All of them.
  var total: LossSums {
    var sums = LossSums()
    for (place, count) in counts { sums.add(sum(count, place), reason: reasons[Int(place.reason)]) }
    return sums
  }

  /// Those of each window. A window of rows reaches to the start of the next one; the first also has what was lost before
  /// it. Without windows none: there is no place for them.
  func sums(of windows: [WindowCutter.Window]) -> [LossSums] {
    var sums = [LossSums](repeating: LossSums(), count: windows.count)
    guard !windows.isEmpty else { return sums }
    for (place, count) in counts {
      let behind = windows.partitioningIndex { $0.start > place.time }
      sums[max(0, behind - 1)].add(sum(count, place), reason: reasons[Int(place.reason)])
    }
    return sums
  }

  private func sum(_ count: UInt64, _ place: Place) -> LossSum {
    LossSum(count: count, times: place.time...place.time)
  }
}

extension Array {
  /// The first index whose element is on the far side, if all such elements stand behind all others.
  func partitioningIndex(_ isOnFarSide: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if isOnFarSide(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
