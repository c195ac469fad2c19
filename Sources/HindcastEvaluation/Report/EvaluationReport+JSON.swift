internal import HindcastFormat
internal import HindcastReplay

extension EvaluationReport {
  /// The report as one JSON object, a window a line, without a line end behind it. Numbers are in the shortest form that
  /// reads back as the same number; a metric without a value is null, and `notes` says why. The same report gives the
  /// same bytes.
  package var json: String {
    let windowLines = windows.map { $0.json.text }.joined(separator: ",\n")
    let members: [(String, JSONValue)] = [
      ("total", total.json),
      ("versions", .array(versions.map(\.json))),
      ("lost_actuals", lostActuals.json),
      ("unreadable_loss_reports", .integer(Int64(unreadableReports))),
      ("model", .string(model)),
      ("version", version.map { .string($0) } ?? .null),
      ("environment", .string(environment.word)),
      ("every", .string(every.text)),
      ("positive", positive.map { .string($0) } ?? .null),
      ("repeats", .integer(Int64(repeats))),
      ("unmatched_actuals", .integer(Int64(unmatchedActuals))),
      ("retracted", .integer(Int64(retracted))),
      ("gaps", .array(gaps.map { Self.json($0) })),
      ("trimmed", .array(trimmed.map { Self.json(trimmed: $0) })),
      ("notes", .array(notes.map { .string($0) })),
    ]
    let memberLines = members.map { "\(JSONValue.string($0.0).text):\($0.1.text)" }.joined(separator: ",\n")
    return "{\"windows\":[\n\(windowLines)\n],\n\(memberLines)}"
  }

  private static func json(_ gap: ReadGap) -> JSONValue {
    .object([
      ("from_position", .integer(Int64(clamping: gap.positions.lowerBound))),
      ("to_position", .integer(Int64(clamping: gap.positions.upperBound))),
      ("reason", .string(gap.reason)),
    ])
  }

  private static func json(trimmed gap: ReadGap) -> JSONValue {
    .object([
      ("from_position", .integer(Int64(clamping: gap.positions.lowerBound))),
      ("to_position", .integer(Int64(clamping: gap.positions.upperBound))),
      ("from_time", gap.times.map { .string(TimestampText.format($0.lowerBound)) } ?? .null),
      ("to_time", gap.times.map { .string(TimestampText.format($0.upperBound)) } ?? .null),
      ("reason", .string(gap.reason)),
    ])
  }
}

extension WindowReport {
  /// The total of an empty report has neither start nor end, a window without rows no label coverage. `rows` and `logged` are
  /// the same.
  var json: JSONValue {
    .object([
      ("start", !hasTimes ? .null : .string(TimestampText.format(start))),
      ("end", !hasTimes ? .null : .string(TimestampText.format(end))),
      ("rows", .integer(Int64(rows))),
      ("served", .integer(Int64(served))),
      ("logged", .integer(Int64(rows))),
      ("lost", lost.json),
      ("labelled", .integer(Int64(labelled))),
      ("metrics", .object(Metric.allCases.map { ($0.rawValue, metrics[$0].map { .number($0) } ?? .null) })),
      ("label_coverage", rows == 0 ? .null : .number(labelCoverage)),
      ("scored", .integer(Int64(scored))),
      ("confusion", confusion.json),
      ("notes", .array(notes.map { .string($0) })),
    ])
  }
}

extension VersionReport {
  fileprivate var json: JSONValue {
    .object([
      ("version", .string(version)), ("served", .integer(Int64(served))), ("logged", .integer(Int64(rows))),
      ("lost", lost.json),
    ])
  }
}

extension LossSums {
  /// Events by reason.
  fileprivate var json: JSONValue {
    .object(byReason.map { ($0.reason, .integer(Int64(clamping: $0.sum.count))) })
  }
}

extension Confusion {
  fileprivate var json: JSONValue {
    .object([
      ("tp", .integer(Int64(truePositives))),
      ("fp", .integer(Int64(falsePositives))),
      ("tn", .integer(Int64(trueNegatives))),
      ("fn", .integer(Int64(falseNegatives))),
    ])
  }
}
