/// One loss report: so many events of a kind are not in the log, for one reason.
package struct LossReport: Sendable, Equatable {
  package var kind: EventKind
  package var reason: String
  package var sum: LossSum

  package init(kind: EventKind, reason: String, sum: LossSum) {
    self.kind = kind
    self.reason = reason
    self.sum = sum
  }
}

/// The rows of a loss block as reports. Takes any decoded block, whatever its columns: a row that breaks the rules of
/// `block.proto` is no report.
package struct LossReports {
  private let values: Values?

  private struct Values {
    var reasons: ByteStrings
    var kinds: ByteStrings
    var counts: [Int64]
    /// Reasons, kinds and counts, where they have nulls.
    var validities: [Bitmap]
    var bytes: Optional64
    var firstTimes: Optional64
    var lastTimes: Optional64
    /// When the reports were made.
    var times: Optional64
  }

  /// A column that may be missing, and whose values may.
  private struct Optional64 {
    var values: [Int64] = []
    var validity: Bitmap?

    subscript(_ row: Int) -> Int64? { row < values.count && validity?[row] ?? true ? values[row] : nil }
  }

  package init(_ block: Block) {
    func column(_ name: String, _ type: ColumnType) -> Column? {
      block.column(.system, name).flatMap { $0.schema.type == type && Self.fits($0, block) ? $0 : nil }
    }
    func integers(_ name: String, _ type: ColumnType) -> Optional64 {
      guard let column = column(name, type), case .int64(let values) = column.values else { return Optional64() }
      return Optional64(values: values, validity: column.validity)
    }
    guard let reason = column(ColumnName.reason, .string), case .strings(let reasons) = reason.values,
      let kind = column(ColumnName.lostKind, .string), case .strings(let kinds) = kind.values,
      let count = column(ColumnName.count, .int64), case .int64(let counts) = count.values
    else {
      values = nil
      return
    }
    values = Values(
      reasons: reasons, kinds: kinds, counts: counts, validities: [reason, kind, count].compactMap(\.validity),
      bytes: integers(ColumnName.bytes, .int64), firstTimes: integers(ColumnName.firstTime, .timestamp),
      lastTimes: integers(ColumnName.lastTime, .timestamp),
      times: Optional64(values: block.times.flatMap { $0.count == block.rowCount ? $0 : nil } ?? []))
  }

  /// What a reader needs of a loss block, as `role:name`; the time of a report always comes along.
  package static let columns = [
    ColumnName.reason, ColumnName.lostKind, ColumnName.count, ColumnName.bytes, ColumnName.firstTime,
    ColumnName.lastTime,
  ].map { "\(ColumnRole.system.word):\($0)" }

  private static func fits(_ column: Column, _ block: Block) -> Bool {
    column.rowCount == block.rowCount && column.validity.map { $0.count == block.rowCount } ?? true
  }

  /// nil: the row is none. Rows of the block only.
  package subscript(_ row: Int) -> LossReport? {
    guard let values, values.validities.allSatisfy({ $0[row] }), LossRules.isReason(values.reasons[row]),
      let kind = LossRules.kind(values.kinds[row]), LossRules.isCount(values.counts[row])
    else { return nil }
    let (first, last) = (values.firstTimes[row], values.lastTimes[row])
    // A clock that was set back between the two must not lose the report.
    guard let some = first ?? last ?? values.times[row] else { return nil }
    let other = first == nil ? some : last ?? some
    let bytes = values.bytes[row] ?? 0
    guard bytes >= 0 else { return nil }
    return LossReport(
      kind: kind, reason: values.reasons.string(row),
      sum: LossSum(
        count: UInt64(values.counts[row]), bytes: UInt64(bytes), times: min(some, other)...max(some, other)))
  }
}
