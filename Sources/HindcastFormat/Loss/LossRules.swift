/// What `block.proto` asks of a loss block that comes from a client, beyond what every block must be.
///
/// Only what arrives is held to it. Stored blocks are decoded whatever they hold, since a log may have some from before there
/// were rules: `LossReports` passes over their rows, and those who add up say how many these were.
package enum LossRules {
  private struct Rule {
    var name: String
    var type: ColumnType
    var isRequired = false
  }

  private static let rules = [
    Rule(name: ColumnName.reason, type: .string, isRequired: true),
    Rule(name: ColumnName.lostKind, type: .string, isRequired: true),
    Rule(name: ColumnName.count, type: .int64, isRequired: true),
    Rule(name: ColumnName.bytes, type: .int64), Rule(name: ColumnName.firstTime, type: .timestamp),
    Rule(name: ColumnName.lastTime, type: .timestamp),
  ]

  /// The kinds whose events a client can lose.
  package static let kinds: [EventKind] = [.prediction, .actual, .attribution, .assessment]

  /// Which columns there must be. Columns that no rule names may come along.
  static func check(schemas: some Collection<ColumnSchema>) throws(FormatError) {
    if let id = schemas.first(where: { $0.role == .id }) {
      throw FormatError(.invalid, "column \(id.qualifiedName): a loss report has no id; leave the column out")
    }
    guard schemas.contains(where: { $0.role == .time }) else {
      throw FormatError(.invalid, "a block of losses needs a column time:time, of role time: when each report was made")
    }
    for rule in rules {
      let schema = schemas.first { $0.role == .system && $0.name == rule.name }
      guard let schema else {
        if !rule.isRequired { continue }
        throw FormatError(
          .invalid, "a block of losses needs a column system:\(rule.name), of role system and type \(rule.type.word)")
      }
      guard schema.type == rule.type else {
        throw FormatError(
          .invalid,
          "column \(schema.qualifiedName): in a block of losses it is of type \(rule.type.word), not \(schema.typeText)"
        )
      }
    }
  }

  /// The values of one column, whose schema and shape have been checked.
  static func check(column: Column) throws(FormatError) {
    guard column.schema.role == .system else { return }
    if column.nullCount > 0, rules.contains(where: { $0.isRequired && $0.name == column.name }) {
      throw FormatError(.invalid, "\(column.nullCount) rows have no value, but every loss report needs one")
    }
    switch (column.name, column.values) {
    case (ColumnName.reason, .strings(let values)):
      for row in 0..<values.count where !isReason(values[row]) {
        throw FormatError(
          .invalid,
          "the reason in row \(row) is not 1 to \(Limits.lossReasonBytesMax) characters of a to z, 0 to 9 and _")
      }
    case (ColumnName.lostKind, .strings(let values)):
      for row in 0..<values.count where kind(values[row]) == nil {
        let words = kinds.map(\.word).joined(separator: ", ")
        throw FormatError(.invalid, "the value in row \(row) is none of the kinds that can be lost: \(words)")
      }
    case (ColumnName.count, .int64(let values)):
      for row in values.indices where !isCount(values[row]) {
        throw FormatError(
          .invalid, "row \(row) counts \(values[row]) lost events; 1 to \(Limits.lossCountMax) are possible")
      }
    case (ColumnName.bytes, .int64(let values)):
      for row in values.indices where !column.isNull(row) && values[row] < 0 {
        throw FormatError(.invalid, "row \(row) has \(values[row]) bytes of lost events; leave out what is not known")
      }
    default: return
    }
  }

  static func isReason(_ word: ArraySlice<UInt8>) -> Bool {
    (1...Limits.lossReasonBytesMax).contains(word.count)
      && word.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
      }
  }

  static func kind(_ word: ArraySlice<UInt8>) -> EventKind? { kinds.first { word.elementsEqual($0.word.utf8) } }

  static func isCount(_ count: Int64) -> Bool { (1...Int64(Limits.lossCountMax)).contains(count) }
}
