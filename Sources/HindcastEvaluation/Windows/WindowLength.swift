/// How an evaluation is cut into windows.
package enum WindowLength: Sendable, Equatable {
  /// So many predictions, in order of event time; the last window may have fewer.
  case rows(Int)
  /// Event time, aligned to multiples since 1970-01-01T00:00:00 UTC.
  case microseconds(Int64)

  /// Reads `5000` (rows), `30s`, `15m`, `1h`, `7d`.
  package static func parse(_ text: String) throws(EvaluationError) -> WindowLength {
    let number = text.prefix { $0.isASCII && $0.isNumber }
    let microsecondsPerUnit: Int64? =
      switch text[number.endIndex...] {
      case "": nil
      case "s": 1_000_000
      case "m": 60_000_000
      case "h": 3_600_000_000
      case "d": 86_400_000_000
      default: 0
      }
    guard let count = Int64(number), count > 0, microsecondsPerUnit != 0 else { throw unreadable(text) }
    guard let microsecondsPerUnit else { return .rows(Int(count)) }
    let (microseconds, isTooLong) = count.multipliedReportingOverflow(by: microsecondsPerUnit)
    guard !isTooLong else { throw unreadable(text) }
    return .microseconds(microseconds)
  }

  private static func unreadable(_ text: String) -> EvaluationError {
    EvaluationError(
      .invalidOption,
      "the window length '\(text)' is neither a number of rows nor a duration: write 5000, 30s, 15m, 1h or 1d")
  }

  /// As `parse` reads it, in the largest unit that fits.
  package var text: String {
    switch self {
    case .rows(let count): return "\(count)"
    case .microseconds(let microseconds):
      let units: [(Int64, String)] = [
        (86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s"),
      ]
      for (unit, name) in units where microseconds % unit == 0 { return "\(microseconds / unit)\(name)" }
      return "\(microseconds)us"
    }
  }
}
