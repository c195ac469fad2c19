internal import HindcastFormat

/// Where the fields of one group (features, outputs, ...) go: a column each, in the order the last event named them.
///
/// As long as events name the same fields in the same order with values of the same types, matching an event is a
/// comparison a field, with no look-up and no allocation.
struct FieldPlan {
  var names: [String] = []
  var slots: [FieldSlot] = []

  mutating func removeAll() {
    names.removeAll(keepingCapacity: true)
    slots.removeAll(keepingCapacity: true)
  }

  /// The bytes the event's fields take in memory; nil when the plan does not fit the event.
  @inline(__always)
  func byteCount(of fields: [(String, Value)]) -> Int? {
    guard fields.count == slots.count else { return nil }
    var sum = 0
    for index in 0..<fields.count {
      guard fields[index].0 == names[index] else { return nil }
      let byteCount = slots[index].byteCount(of: fields[index].1)
      if byteCount < 0 { return nil }
      sum += byteCount
    }
    return sum
  }
}

/// A column that takes values of one type, or, for a name that has only had nulls so far, no column yet.
struct FieldSlot {
  /// The column's index in the block builder.
  var column: Int
  var type: ColumnType
  /// Of vectors.
  var dimension: Int

  static let unborn = FieldSlot(column: -1, type: .bool, dimension: 0)

  /// Memory that a value takes in this column; -1 when the column can't hold it exactly.
  @inline(__always)
  func byteCount(of value: Value) -> Int {
    switch value.storage {
    case .null: return column < 0 ? 0 : nullByteCount
    case .float64: return type == .float64 && column >= 0 ? 8 : -1
    case .int64(let value):
      if column < 0 { return -1 }
      switch type {
      case .int64: return 8
      case .float64: return Double(exactly: value) == nil ? -1 : 8
      case .float32: return Float(exactly: value) == nil ? -1 : 4
      default: return -1
      }
    case .string(let value):
      let count = value.utf8.count
      return type == .string && column >= 0 && count <= Limits.valueBytesMax ? count + 4 : -1
    case .bool: return type == .bool && column >= 0 ? 1 : -1
    default: return column < 0 ? -1 : rareByteCount(of: value)
    }
  }

  private func rareByteCount(of value: Value) -> Int {
    switch (value.storage, type) {
    case (.float32, .float32): 4
    case (.float32, .float64): 8
    case (.timestamp, .timestamp): 8
    case (.bytes(let bytes), .bytes): bytes.count <= Limits.valueBytesMax ? bytes.count + 4 : -1
    case (.vector(let vector), .vector): vector.count == dimension ? 4 * dimension : -1
    case (.strings(let strings), .stringList):
      Self.listByteCount(strings).map { $0 + 4 } ?? -1
    case (.doubles(let doubles), .doubleList): doubles.count * 8 <= Limits.valueBytesMax ? 4 + doubles.count * 8 : -1
    case (.emptyList, .stringList), (.emptyList, .doubleList): 4
    default: -1
    }
  }

  private var nullByteCount: Int {
    switch type {
    case .bool: 1
    case .float32, .string, .bytes, .stringList, .doubleList: 4
    case .int64, .float64, .timestamp: 8
    case .uuid: 16
    case .vector: 4 * dimension
    }
  }

  /// nil: over the limit.
  static func listByteCount(_ strings: [String]) -> Int? {
    let count = strings.reduce(0) { $0 + $1.utf8.count + 4 }
    return count <= Limits.valueBytesMax ? count : nil
  }
}
