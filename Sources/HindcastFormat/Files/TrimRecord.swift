/// What retention dropped of one model: rows with a time, or rows without one.
package struct TrimRecord: Sendable, Equatable {
  /// nil: of various models.
  package var model: String?
  /// The dropped rows lie among these; others of them may be there.
  package var positions: ClosedRange<UInt64>
  /// Of the dropped rows, microseconds since 1970 UTC; nil: they have none.
  package var times: ClosedRange<Int64>?
  package var rows: UInt64
  /// On the disk.
  package var bytes: UInt64
  /// That held such rows.
  package var files: UInt64

  package init(
    model: String?, positions: ClosedRange<UInt64>, times: ClosedRange<Int64>?, rows: UInt64, bytes: UInt64,
    files: UInt64 = 1
  ) {
    self.model = model
    self.positions = positions
    self.times = times
    self.rows = rows
    self.bytes = bytes
    self.files = files
  }

  /// What a query is told of it, up to the position `end`; nil: nothing of it can have been wanted.
  package func gap(in query: ReadQuery, upTo end: UInt64) -> ReadGap? {
    if let model, let wanted = query.model, model != wanted { return nil }
    if let times, let wanted = query.times, !times.overlaps(wanted) { return nil }
    if times == nil, !query.kinds.isEmpty, query.kinds.allSatisfy(\.arrivesWithTime) { return nil }
    let (first, last) = (max(positions.lowerBound, query.fromPosition), min(positions.upperBound, end))
    return first <= last ? gap(positions: first...last) : nil
  }

  package var gap: ReadGap { gap(positions: positions) }

  private func gap(positions: ClosedRange<UInt64>) -> ReadGap {
    ReadGap(
      positions: positions, reason: "retention dropped \(rows) rows in \(files) files", kind: .trimmed, model: model,
      times: times)
  }

  /// Both spans become one that holds what lies between them, too: what a reader is told may be too much, never too little.
  /// Of the same model, and both with times or both without.
  package mutating func merge(_ other: TrimRecord) {
    positions = positions.spanning(other.positions)
    if let mine = times, let others = other.times { times = mine.spanning(others) }
    rows = rows.addingClamped(other.rows)
    bytes = bytes.addingClamped(other.bytes)
    files = files.addingClamped(other.files)
  }
}

extension TrimRecord {
  /// Of various models last; of one model rows without a time last.
  fileprivate func comes(before other: TrimRecord) -> Bool {
    if model == other.model { return times != nil && other.times == nil }
    guard let model else { return false }
    return other.model.map { model < $0 } ?? true
  }
}

extension [TrimRecord] {
  /// One record a model, and another for its rows without a time, in the order of models. Beyond `Limits.trimmedModelsMax` models the others share
  /// one, so that a log whose models come and go does not keep their names for ever.
  package mutating func add(_ record: TrimRecord) {
    if let place = place(of: record) { return self[place].merge(record) }
    var record = record
    if count >= Limits.trimmedModelsMax { record.model = nil }
    if let place = place(of: record) { return self[place].merge(record) }
    insert(record, at: firstIndex { record.comes(before: $0) } ?? count)
  }

  private func place(of record: TrimRecord) -> Int? {
    firstIndex { $0.model == record.model && ($0.times == nil) == (record.times == nil) }
  }
}

extension ClosedRange {
  fileprivate func spanning(_ other: ClosedRange) -> ClosedRange {
    Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
  }
}

extension UInt64 {
  /// Sums of numbers that a disk gave must not trap.
  package func addingClamped(_ other: UInt64) -> UInt64 {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? .max : sum
  }
}
