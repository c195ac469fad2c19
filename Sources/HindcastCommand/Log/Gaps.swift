internal import HindcastFormat
internal import HindcastReplay

/// Stretches of a log that could not be read, as commands tell of them.
enum Gaps {
  /// On standard error, whatever else a command prints: damage is never left out.
  static func warn(_ report: ReplayReport) {
    for gap in report.gaps {
      StandardError.writeLine(
        "hindcast: positions \(gap.positions.lowerBound) to \(gap.positions.upperBound) cannot be read: \(gap.reason)")
    }
    if report.gapCount > report.gaps.count {
      StandardError.writeLine("hindcast: and \(report.gapCount - report.gaps.count) gaps more")
    }
  }

  static func json(_ gaps: [ReadGap]) -> JSONValue {
    .array(
      gaps.map { gap in
        .object([
          ("first_position", .integer(Int64(clamping: gap.positions.lowerBound))),
          ("last_position", .integer(Int64(clamping: gap.positions.upperBound))), ("reason", .string(gap.reason)),
        ])
      })
  }
}
