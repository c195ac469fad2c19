internal import HindcastFormat

/// The type and dimension of a column.
struct ColumnShape: Equatable {
  var type: ColumnType
  var dimension: Int = 0
}

/// The rule for types. A new column takes the type of its first value that is not null. A later value of another type
/// goes into the same column if the column holds it exactly: an integer in a column of floats. Otherwise the block ends
/// and the next one starts with `widened`, which holds both where a type does, so that later values do not alternate.
enum ColumnTyping {
  /// The column that a value asks for; nil for a null, and for values no column takes (see `problem`).
  static func shape(of value: Value) -> ColumnShape? {
    switch value.storage {
    case .null, .unsupported: nil
    case .bool: ColumnShape(type: .bool)
    case .int64: ColumnShape(type: .int64)
    case .float32: ColumnShape(type: .float32)
    case .float64: ColumnShape(type: .float64)
    case .string: ColumnShape(type: .string)
    case .timestamp: ColumnShape(type: .timestamp)
    case .bytes: ColumnShape(type: .bytes)
    case .vector(let vector): ColumnShape(type: .vector, dimension: vector.count)
    case .strings: ColumnShape(type: .stringList)
    case .doubles, .emptyList: ColumnShape(type: .doubleList)
    }
  }

  /// What the column becomes when it meets a value that it can't hold.
  static func widened(_ shape: ColumnShape, for value: Value) -> ColumnShape? {
    switch (shape.type, value.storage) {
    case (.int64, .float64), (.int64, .float32), (.float32, .float64): ColumnShape(type: .float64)
    case (.float32, .int64(let integer)) where Double(exactly: integer) != nil: ColumnShape(type: .float64)
    case (.doubleList, .strings): ColumnShape(type: .stringList)
    default: Self.shape(of: value)
    }
  }

  /// Why no column can hold the value; nil: one can.
  static func problem(with value: Value) -> String? {
    switch value.storage {
    case .unsupported:
      "is neither a single type of list nor an integer of 64 bits; log lists of numbers or lists of text"
    case .string(let text) where text.utf8.count > Limits.valueBytesMax: overLimit(text.utf8.count)
    case .bytes(let bytes) where bytes.count > Limits.valueBytesMax: overLimit(bytes.count)
    case .doubles(let list) where list.count * 8 > Limits.valueBytesMax: overLimit(list.count * 8)
    case .strings(let list) where FieldSlot.listByteCount(list) == nil:
      "is a list of more than \(Limits.valueBytesMax) bytes; shorten it"
    case .vector(let vector) where vector.isEmpty || vector.count > Limits.vectorDimensionMax:
      "is a vector of \(vector.count) elements; 1 to \(Limits.vectorDimensionMax) are allowed"
    default: nil
    }
  }

  private static func overLimit(_ byteCount: Int) -> String {
    "takes \(byteCount) bytes; \(Limits.valueBytesMax) are allowed"
  }
}
