internal import HindcastFormat

/// Where the values of one field of a layout go: a column of one type, or, for a field that has only had nulls so far, no
/// column yet.
struct FieldSlot: Sendable {
  /// The column's index in the block builder; -1: none yet.
  var column: Int
  var shape: ColumnShape
  /// The tag of values that the column takes as they are.
  var tag: FieldTag

  static let unborn = FieldSlot(column: -1, shape: ColumnShape(type: .bool), tag: .null)

  init(column: Int, shape: ColumnShape) {
    self.init(column: column, shape: shape, tag: Self.tag(of: shape.type))
  }

  private init(column: Int, shape: ColumnShape, tag: FieldTag) {
    self.column = column
    self.shape = shape
    self.tag = tag
  }

  private static func tag(of type: ColumnType) -> FieldTag {
    switch type {
    case .bool: .bool
    case .int64: .int64
    case .float32: .float32
    case .float64: .float64
    case .string, .uuid: .string
    case .bytes: .bytes
    case .timestamp: .timestamp
    case .vector: .vector
    case .stringList: .strings
    case .doubleList: .doubles
    }
  }

  /// Values of this type, or nulls for a field that has no column yet, can be taken in many rows at a time.
  var canGather: Bool {
    switch tag {
    case .vector, .strings, .doubles: false
    default: true
    }
  }

  /// Whether the column holds the value exactly.
  func takes(_ field: RowField) -> Bool {
    if field.tag == .null { return true }
    guard column >= 0 else { return false }
    switch (field.tag, shape.type) {
    case (.int64, .float64): return Double(exactly: field.int64) != nil
    case (.int64, .float32): return Float(exactly: field.int64) != nil
    case (.float32, .float64), (.emptyList, .stringList), (.emptyList, .doubleList): return true
    case (.vector, .vector): return field.bytes.count == 4 * shape.dimension
    default: return field.tag == tag
    }
  }
}
