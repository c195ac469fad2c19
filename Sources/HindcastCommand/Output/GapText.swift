internal import HindcastFormat
internal import HindcastReplay

extension ReadGap {
  /// One object, for scripts.
  var json: JSONValue {
    var members: [(String, JSONValue)] = [
      ("kind", .string(kind.word)), ("first_position", .integer(Int64(clamping: positions.lowerBound))),
      ("last_position", .integer(Int64(clamping: positions.upperBound))), ("reason", .string(reason)),
    ]
    if kind == .trimmed {
      members += [
        ("model", model.map { .string($0) } ?? .null),
        ("min_time", times.map { .string(TimestampText.format($0.lowerBound)) } ?? .null),
        ("max_time", times.map { .string(TimestampText.format($0.upperBound)) } ?? .null),
      ]
    }
    return .object(members)
  }

  /// A sentence, for people.
  var text: String {
    switch kind {
    case .damaged: "positions \(positions.lowerBound) to \(positions.upperBound) could not be read: \(reason)"
    case .trimmed:
      "\(reason)\(model.map { " of model \($0)" } ?? "")"
        + (times.map {
          ", from \(TimestampText.format($0.lowerBound)) to \(TimestampText.format($0.upperBound))"
        } ?? ", without times") + ", among positions \(positions.lowerBound) to \(positions.upperBound)"
    }
  }
}

extension TrimRecord {
  /// One object, for scripts.
  var json: JSONValue {
    .object([
      ("model", model.map { .string($0) } ?? .null),
      ("first_position", .integer(Int64(clamping: positions.lowerBound))),
      ("last_position", .integer(Int64(clamping: positions.upperBound))),
      ("min_time", times.map { .string(TimestampText.format($0.lowerBound)) } ?? .null),
      ("max_time", times.map { .string(TimestampText.format($0.upperBound)) } ?? .null),
      ("rows", .integer(Int64(clamping: rows))), ("bytes", .integer(Int64(clamping: bytes))),
      ("files", .integer(Int64(clamping: files))),
    ])
  }
}

extension NamedCursor {
  /// One object, for scripts.
  var json: JSONValue {
    .object([
      ("name", .string(name)), ("position", .integer(Int64(clamping: position))),
      ("model", model.map { .string($0) } ?? .null), ("set", .string(TimestampText.format(time))),
    ])
  }
}

extension ReplayReport {
  /// What is missing is told, whatever else a command prints.
  func warnOfGaps() {
    for gap in gaps + trimmed { StandardError.writeLine("hindcast: \(gap.text)") }
    if gapCount > gaps.count { StandardError.writeLine("hindcast: and \(gapCount - gaps.count) gaps more") }
    if trimmedCount > trimmed.count {
      StandardError.writeLine("hindcast: and \(trimmedCount - trimmed.count) trimmed stretches more")
    }
  }
}
