/// Puts predictions in order and cuts the order into windows.
struct WindowCutter {
  struct Window {
    /// Microseconds since 1970 UTC: for windows of rows the times of the first and last row, otherwise the boundaries,
    /// the second no longer part of the window.
    var start: Int64
    var end: Int64
    /// Where in `order` its rows are; empty where all predictions were lost.
    var range: Range<Int>
  }

  struct Place {
    var time: Int64
    var entry: UInt32
  }

  /// Entries with a prediction by event time, equal times by position, then in the order they were logged.
  let order: [Place]
  let windows: [Window]

  /// `lossStarts`: of windows of a duration those in which predictions were lost, ascending. Throws if there would be too
  /// many windows.
  init(_ table: JoinTable, every length: WindowLength, lossStarts: [Int64] = []) throws(EvaluationError) {
    order = Self.order(table)
    windows =
      switch length {
      case .rows(let count): try Self.cut(order, rows: count)
      case .microseconds(let microseconds): try Self.cut(order, lossStarts, microseconds: microseconds)
      }
  }

  private static func order(_ table: JoinTable) -> [Place] {
    var order: [Place] = []
    order.reserveCapacity(table.count)
    for entry in 0..<table.count where table[entry].hasPrediction {
      order.append(Place(time: table[entry].predictionTime, entry: UInt32(entry)))
    }
    order.sort { first, second in
      if first.time != second.time { return first.time < second.time }
      let first = table[Int(first.entry)]
      let second = table[Int(second.entry)]
      return (first.predictionPosition, first.predictionOrdinal) < (second.predictionPosition, second.predictionOrdinal)
    }
    return order
  }

  private static func cut(_ order: [Place], rows: Int) throws(EvaluationError) -> [Window] {
    let count = order.count / rows + (order.count % rows > 0 ? 1 : 0)
    guard count <= EvaluationLimits.windowsMax else { throw tooMany() }
    return (0..<count).map { number in
      let first = number * rows
      let range = first..<(first + min(rows, order.count - first))
      return Window(start: order[range.lowerBound].time, end: order[range.upperBound - 1].time, range: range)
    }
  }

  /// Only windows with predictions, logged or lost: a long silence makes no rows of nothing.
  private static func cut(
    _ order: [Place], _ lossStarts: [Int64], microseconds length: Int64
  ) throws(EvaluationError) -> [Window] {
    var windows: [Window] = []
    var row = 0
    var lossStarts = lossStarts[...]
    while row < order.count || !lossStarts.isEmpty {
      guard windows.count < EvaluationLimits.windowsMax else { throw tooMany() }
      let next = row < order.count ? boundaries(around: order[row].time, length: length).start : .max
      let start = min(next, lossStarts.first ?? .max)
      let end = boundaries(around: start, length: length).end
      if lossStarts.first == start { lossStarts.removeFirst() }
      let first = row
      while row < order.count, order[row].time < end || end == .max { row += 1 }
      windows.append(Window(start: start, end: end, range: first..<row))
    }
    return windows
  }

  /// The multiples of the length before and after a time, kept within what 64 bits hold.
  static func boundaries(around time: Int64, length: Int64) -> (start: Int64, end: Int64) {
    let remainder = time % length
    let offset = remainder < 0 ? remainder + length : remainder
    let (start, startOverflows) = time.subtractingReportingOverflow(offset)
    let (end, endOverflows) = time.addingReportingOverflow(length - offset)
    return (startOverflows ? .min : start, endOverflows ? .max : end)
  }

  private static func tooMany() -> EvaluationError {
    EvaluationError(
      .overLimit,
      "this would be more than \(EvaluationLimits.windowsMax) windows: "
        + "choose longer ones, or a narrower range of event time")
  }
}
