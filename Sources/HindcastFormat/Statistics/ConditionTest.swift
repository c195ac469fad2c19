/// A condition made ready for columns of one type.
struct ConditionTest {
  private enum Test {
    case integers(ValueInterval<Int64>)
    case numbers(ValueInterval<Double>)
    case texts(ValueInterval<Bytes>)
    case all
    case none
  }

  /// In the order of bytes.
  private struct Bytes: Comparable {
    var bytes: ArraySlice<UInt8>
    static func < (left: Bytes, right: Bytes) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
  }

  private let test: Test

  /// Throws `badCondition` where a value of the condition's kind cannot be compared with the column's.
  init(_ condition: ColumnCondition, for schema: ColumnSchema) throws(FormatError) {
    let comparison = condition.comparison
    switch (schema.type, condition.value) {
    case (.bool, .truth(let value)): test = .integers(ValueInterval(comparison, value ? 1 : 0))
    case (.bool, .integer(let value)), (.int64, .integer(let value)), (.timestamp, .integer(let value)):
      test = .integers(ValueInterval(comparison, value))
    case (.int64, .number(let value)): test = Self.integers(comparison, value)
    case (.timestamp, .text(let text)):
      guard let time = TimestampText.parse(text) else {
        throw FormatError(.badCondition, "\"\(text)\" is no time; write times like 2026-11-27T08:00:00Z")
      }
      test = .integers(ValueInterval(comparison, time))
    case (.float32, .integer(let value)), (.float64, .integer(let value)):
      test = .numbers(ValueInterval(comparison, Double(value)))
    case (.float32, .number(let value)), (.float64, .number(let value)):
      test = .numbers(ValueInterval(comparison, value))
    case (.string, .text(let text)), (.bytes, .text(let text)):
      test = .texts(ValueInterval(comparison, Bytes(bytes: Array(text.utf8)[...])))
    case (.uuid, .text(let text)):
      guard let uuid = UUIDText.parse(text) else { throw FormatError(.badCondition, "\"\(text)\" is no uuid") }
      test = .texts(ValueInterval(comparison, Bytes(bytes: uuid[...])))
    default:
      throw FormatError(
        .badCondition,
        "the condition \(condition) does not fit the column \(schema.qualifiedName), which holds \(schema.type.word): \(Self.advice(schema.type))"
      )
    }
  }

  private static func advice(_ type: ColumnType) -> String {
    switch type {
    case .bool: "compare it with true or false"
    case .int64, .float32, .float64: "compare it with a number"
    case .timestamp: "compare it with a time such as 2026-11-27T08:00:00Z"
    case .string, .bytes, .uuid: "put the value in quotes"
    case .vector, .stringList, .doubleList: "such values are not compared"
    }
  }

  /// A number between two integers is moved to the one on the side that counts.
  private static func integers(_ comparison: ColumnCondition.Comparison, _ value: Double) -> Test {
    if let integer = Int64(exactly: value) { return .integers(ValueInterval(comparison, integer)) }
    switch comparison {
    case .equal: return .none
    case .notEqual: return .all
    case .less, .lessOrEqual:
      if let integer = Int64(exactly: value.rounded(.down)) { return .integers(ValueInterval(.lessOrEqual, integer)) }
      return value > 0 ? .all : .none
    case .greater, .greaterOrEqual:
      if let integer = Int64(exactly: value.rounded(.up)) { return .integers(ValueInterval(.greaterOrEqual, integer)) }
      return value < 0 ? .all : .none
    }
  }

  /// Takes the rows that do not meet the condition out of the mask. The column is of the test's type.
  func narrow(_ mask: inout Bitmap, _ column: Column) {
    func keep(_ isMet: (Int) -> Bool) {
      for row in 0..<mask.count where mask[row] && (column.isNull(row) || !isMet(row)) { mask[row] = false }
    }
    switch (test, column.values) {
    case (.all, _): keep { _ in true }
    case (.integers(let interval), .int64(let values)): keep { interval.contains(values[$0]) }
    case (.integers(let interval), .bool(let values)): keep { interval.contains(Int64(values[$0])) }
    case (.numbers(let interval), .float64(let values)): keep { interval.contains(values[$0]) }
    case (.numbers(let interval), .float32(let values)): keep { interval.contains(Double(values[$0])) }
    case (.texts(let interval), .strings(let values)): keep { interval.contains(Bytes(bytes: values[$0])) }
    case (.texts(let interval), .uuid(let values)):
      keep { interval.contains(Bytes(bytes: values[$0 * 16..<($0 + 1) * 16])) }
    default: keep { _ in false }
    }
  }

  /// Whether a row of a column with these statistics may meet the condition. Of blocks that cannot be told, all may.
  func mayMeet(_ statistics: ZoneStatistics, rowCount: Int) -> Bool {
    if statistics.nulls >= rowCount { return false }
    switch (test, statistics.bounds) {
    case (.none, _): return false
    case (.integers(let interval), .integers(let bounds)):
      return interval.mayMeet(bounds.lowerBound, bounds.upperBound)
    case (.numbers(let interval), .numbers(let bounds)):
      return interval.mayMeet(bounds.lowerBound, bounds.upperBound) || interval.isNegated && statistics.nans > 0
    case (.numbers(let interval), nil): return interval.isNegated || statistics.nans == 0
    case (.texts(let interval), .texts(let from, let to)):
      // Bounds of values that were cut are no values: nothing is known of what equals none of them.
      return interval.isNegated || interval.mayMeet(Bytes(bytes: from[...]), to.map { Bytes(bytes: $0[...]) })
    default: return true
    }
  }
}

extension [ColumnCondition] {
  /// The rows of a block that meet all conditions. Throws `badCondition` where a condition does not fit its column's type.
  package func mask(_ block: Block) throws(FormatError) -> Bitmap {
    var mask = Bitmap(repeating: true, count: block.rowCount)
    for condition in self {
      let columns = block.columns.filter { condition.names($0.schema) }
      // One name may stand for columns of several roles: a row is wanted if one of them is right.
      var met = Bitmap(repeating: false, count: block.rowCount)
      for column in columns {
        var own = mask
        try ConditionTest(condition, for: column.schema).narrow(&own, column)
        met.formUnion(own)
      }
      mask = met
    }
    return mask
  }

  /// Whether a block with these columns may hold a row that meets all conditions; what it can't tell, it lets pass.
  package func mayMeet(_ zones: [ColumnZone], rowCount: Int) -> Bool {
    allSatisfy { condition in
      zones.contains { zone in
        guard condition.names(zone.schema) else { return false }
        guard let test = try? ConditionTest(condition, for: zone.schema) else { return true }
        return test.mayMeet(zone.statistics, rowCount: rowCount)
      }
    }
  }
}

extension ColumnChoice {
  /// With the columns that the conditions look at.
  package func adding(_ conditions: [ColumnCondition]) -> ColumnChoice {
    switch self {
    case .all: .all
    case .named(let names): .named(names.union(conditions.map(\.column)))
    }
  }
}
