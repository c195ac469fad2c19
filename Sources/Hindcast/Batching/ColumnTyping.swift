internal import HindcastFormat

/// The type and dimension of a column.
struct ColumnShape: Sendable, Equatable {
  var type: ColumnType
  var dimension: Int = 0
}

/// The rule for types. A new column takes the type of its first value that is not null. A later value of another type
/// goes into the same column if the column holds it exactly: an integer in a column of floats. Otherwise the block ends
/// and the next one starts with `widened`, which holds both where a type does, so that later values do not alternate.
enum ColumnTyping {
  /// The column that a value asks for; nil for a null, and for values no column takes (see `problem`).
  static func shape(of field: RowField) -> ColumnShape? {
    switch field.tag {
    case .null, .unsupported, .tooLong: nil
    case .bool: ColumnShape(type: .bool)
    case .int64: ColumnShape(type: .int64)
    case .float32: ColumnShape(type: .float32)
    case .float64: ColumnShape(type: .float64)
    case .string: ColumnShape(type: .string)
    case .timestamp: ColumnShape(type: .timestamp)
    case .bytes: ColumnShape(type: .bytes)
    case .vector: ColumnShape(type: .vector, dimension: field.bytes.count / 4)
    case .strings: ColumnShape(type: .stringList)
    case .doubles, .emptyList: ColumnShape(type: .doubleList)
    }
  }

  /// What the column becomes when it meets a value that it can't hold.
  static func widened(_ shape: ColumnShape, for field: RowField) -> ColumnShape? {
    switch (shape.type, field.tag) {
    case (.int64, .float64), (.int64, .float32), (.float32, .float64): ColumnShape(type: .float64)
    case (.float32, .int64) where Double(exactly: field.int64) != nil: ColumnShape(type: .float64)
    case (.doubleList, .strings): ColumnShape(type: .stringList)
    default: Self.shape(of: field)
    }
  }

  /// Why no column can hold the value; nil: one can.
  static func problem(with field: RowField) -> String? {
    switch field.tag {
    case .unsupported:
      return "is neither a single type of list nor an integer of 64 bits; log lists of numbers or lists of text"
    case .tooLong: return "takes \(field.int64) bytes; \(Limits.valueBytesMax) are allowed"
    case .vector:
      let count = field.bytes.count / 4
      if count > 0, count <= Limits.vectorDimensionMax { return nil }
      return "is a vector of \(count) elements; 1 to \(Limits.vectorDimensionMax) are allowed"
    default: return nil
    }
  }
}
