internal import HindcastFormat

extension EvaluationReport {
  /// For a terminal: what was evaluated, a row of aligned columns a window, a last row for all, and the notes. A metric
  /// without a value is a dash. Where predictions were lost, there is a column for all that were served, and one a reason.
  package var table: String {
    var lines = [heading]
    var rows = [
      ["window start (UTC)"] + countTitles + ["labelled"] + Metric.allCases.map { $0.title }
    ]
    rows += windows.map { cells(of: $0, start: EvaluationReport.shortTime($0.start)) }
    rows.append(cells(of: total, start: "all"))
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    for (number, row) in rows.enumerated() {
      if number == rows.count - 1 {
        lines.append(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "))
      }
      let cells = row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + padding : padding + row[column]
      }
      lines.append(cells.joined(separator: "  "))
    }
    lines += noteLines
    return lines.joined(separator: "\n") + "\n"
  }

  private var heading: String {
    var parts = ["model \(model)"]
    if let version { parts.append("version \(version)") }
    parts.append(environment.word)
    switch every {
    case .rows(let count): parts.append("windows of \(NumberText.grouped(count)) predictions")
    case .microseconds: parts.append("windows of \(every.text)")
    }
    if let positive { parts.append("positive class '\(positive)'") }
    return parts.joined(separator: ", ")
  }

  private func cells(of window: WindowReport, start: String) -> [String] {
    [start] + counts(of: window) + [
      window.rows == 0 ? "-" : "\(NumberText.fixed(window.labelCoverage * 100, digits: 1)) %"
    ] + Metric.allCases.map { metric in window.metrics[metric].map { NumberText.fixed($0, digits: 4) } ?? "-" }
  }

  private static let reasonColumnsMax = 6

  /// Reasons that have a column; nil: there are too many, and all share one.
  private var columnReasons: [String]? {
    let reasons = total.lost.byReason.map(\.reason)
    return reasons.count <= Self.reasonColumnsMax ? reasons : nil
  }

  private var countTitles: [String] {
    total.lost.isEmpty ? ["rows"] : ["served", "rows"] + (columnReasons ?? ["lost"])
  }

  private func counts(of window: WindowReport) -> [String] {
    guard !total.lost.isEmpty else { return [NumberText.grouped(window.rows)] }
    let lost = columnReasons?.map { window.lost[$0]?.count ?? 0 } ?? [window.lost.count]
    return [NumberText.grouped(window.served), NumberText.grouped(window.rows)]
      + lost.map { NumberText.grouped(Int(clamping: $0)) }
  }

  /// `2018-10-30 18:00:00`.
  static func shortTime(_ microseconds: Int64) -> String {
    let text = TimestampText.format(microseconds)
    let seconds = text.prefix { $0 != "." && $0 != "Z" }
    return String(seconds.map { $0 == "T" ? " " : $0 })
  }

  /// Counts that are not zero, and every distinct note with how many windows have it.
  private var noteLines: [String] {
    var lines = lossLines
    if repeats > 0 { lines.append("repeats: \(NumberText.grouped(repeats)) predictions came under an id that had one") }
    if unmatchedActuals > 0 {
      lines.append("unmatched: \(NumberText.grouped(unmatchedActuals)) actuals have no prediction among these")
    }
    if retracted > 0 { lines.append("retracted: \(NumberText.grouped(retracted)) predictions lost their label") }
    for gap in gaps {
      lines.append("gap: positions \(gap.positions.lowerBound) to \(gap.positions.upperBound): \(gap.reason)")
    }
    for gap in trimmed {
      let times = gap.times.map { ", \(Self.shortTime($0.lowerBound)) to \(Self.shortTime($0.upperBound))" } ?? ""
      lines.append(
        "trimmed: among positions \(gap.positions.lowerBound) to \(gap.positions.upperBound)\(times): \(gap.reason)")
    }
    lines += notes.map { "note: \($0)" }
    for window in windows where window.notes != total.notes {
      lines += window.notes.map { "note on \(Self.shortTime(window.start)): \($0)" }
    }
    if total.rows > 0 { lines += total.notes.map { "note on all: \($0)" } }
    let most = 20
    if lines.count <= most { return lines }
    return lines.prefix(most) + ["... and \(lines.count - most) more notes; --json has them all"]
  }
}
