internal import HindcastFormat

extension EvaluationReport {
  private static let versionLinesMax = 10

  /// What became of the predictions that were served, of each version if there are several; nothing if all were logged, as far
  /// as the log says.
  var lossLines: [String] {
    var lines: [String] = []
    if !total.lost.isEmpty {
      lines.append("served: \(Self.text(served: total.served, rows: total.rows, total.lost))")
      if versions.count > 1 {
        lines += versions.prefix(Self.versionLinesMax).map {
          "version '\($0.version)': \(Self.text(served: $0.served, rows: $0.rows, $0.lost))"
        }
        let more = versions.count - Self.versionLinesMax
        if more > 0 { lines.append("... and \(more) more versions; --json has them all") }
      }
    }
    if !lostActuals.isEmpty {
      lines.append(
        "lost actuals: \(Self.text(lostActuals)), of any version and time: labels may be missing because of it")
    }
    return lines
  }

  /// `1,100 predictions = 1,000 logged + 90 sampled_out + 10 queue_full`.
  private static func text(served: Int, rows: Int, _ lost: LossSums) -> String {
    "\(NumberText.grouped(served)) predictions = \(NumberText.grouped(rows)) logged"
      + (lost.isEmpty ? "" : " + \(text(lost))")
  }

  private static func text(_ lost: LossSums) -> String {
    lost.byReason.map { "\(NumberText.grouped(Int(clamping: $0.sum.count))) \($0.reason)" }.joined(separator: " + ")
  }
}
