/// What a column is: everything but its values.
package struct ColumnSchema: Sendable, Hashable {
  package var name: String
  package var role: ColumnRole
  package var type: ColumnType
  /// Values a row, for vectors; 0 for every other type.
  package var dimension: Int

  package init(_ name: String, role: ColumnRole, type: ColumnType, dimension: Int = 0) {
    self.name = name
    self.role = role
    self.type = type
    self.dimension = dimension
  }

  /// `role:name`, unique in a block: how errors, `inspect` and column choices name it.
  package var qualifiedName: String { "\(role.word):\(name)" }

  func isQualifiedName(_ text: String) -> Bool {
    let word = role.word.utf8
    let all = text.utf8
    guard all.count == word.count + 1 + name.utf8.count, all.starts(with: word) else { return false }
    let rest = all.dropFirst(word.count)
    return rest.first == UInt8(ascii: ":") && rest.dropFirst().elementsEqual(name.utf8)
  }

  /// The column that compaction adds: the position of the journal frame a row came in.
  package static let rowPosition = ColumnSchema(ColumnName.position, role: .system, type: .int64)
  package var isRowPosition: Bool { role == .system && name == ColumnName.position }
}

/// The values of one field for all events of a block.
///
/// Every row has its place in `values`, rows without a value too (their place holds zero or empty, which nobody may
/// read a meaning into, except that encode and decode keep it zero so that equal columns compare equal).
package struct Column: Sendable, Equatable {
  package var schema: ColumnSchema
  package var values: ColumnValues
  /// nil: every row has a value. Otherwise as many bits as there are rows.
  package var validity: Bitmap?

  package init(_ schema: ColumnSchema, _ values: ColumnValues, validity: Bitmap? = nil) {
    self.schema = schema
    self.values = values
    self.validity = validity
  }

  package var name: String { schema.name }
  package var rowCount: Int { values.rowCount(dimension: schema.dimension) }
  package func isNull(_ row: Int) -> Bool { validity.map { !$0[row] } ?? false }
  package var nullCount: Int { validity.map { $0.count - $0.setCount } ?? 0 }
}

/// Values by row. Which case belongs to which `ColumnType` is fixed: see `ColumnValues.matches`.
package enum ColumnValues: Sendable, Equatable {
  /// bool; 0 or 1.
  case bool([UInt8])
  /// int64 and timestamp.
  case int64([Int64])
  /// float32, and vector: `dimension` values a row, row after row.
  case float32([Float])
  case float64([Double])
  /// string and bytes.
  case strings(ByteStrings)
  /// uuid: 16 bytes a row.
  case uuid([UInt8])
  /// Row `r` is `elements[offsets[r]..<offsets[r + 1]]`.
  case stringList(offsets: [UInt32], elements: ByteStrings)
  case doubleList(offsets: [UInt32], elements: [Double])

  package func matches(_ type: ColumnType) -> Bool {
    switch (self, type) {
    case (.bool, .bool), (.int64, .int64), (.int64, .timestamp), (.float32, .float32), (.float32, .vector),
      (.float64, .float64), (.strings, .string), (.strings, .bytes), (.uuid, .uuid), (.stringList, .stringList),
      (.doubleList, .doubleList):
      true
    default: false
    }
  }

  package func rowCount(dimension: Int) -> Int {
    switch self {
    case .bool(let values): values.count
    case .int64(let values): values.count
    case .float32(let values): dimension > 0 ? values.count / dimension : values.count
    case .float64(let values): values.count
    case .strings(let values): values.count
    case .uuid(let values): values.count / 16
    case .stringList(let offsets, _): offsets.count - 1
    case .doubleList(let offsets, _): offsets.count - 1
    }
  }

  /// The bytes of the values as a plain in-memory array would hold them; the `raw bytes` of every size figure.
  package var rawByteCount: Int {
    switch self {
    case .bool(let values): values.count
    case .int64(let values): values.count * 8
    case .float32(let values): values.count * 4
    case .float64(let values): values.count * 8
    case .strings(let values): values.bytes.count + 4 * values.count
    case .uuid(let values): values.count
    case .stringList(let offsets, let elements): 4 * offsets.count + elements.bytes.count + 4 * elements.count
    case .doubleList(let offsets, let elements): 4 * offsets.count + 8 * elements.count
    }
  }

  /// An empty store for a type.
  package static func empty(_ type: ColumnType) -> ColumnValues {
    switch type {
    case .bool: .bool([])
    case .int64, .timestamp: .int64([])
    case .float32, .vector: .float32([])
    case .float64: .float64([])
    case .string, .bytes: .strings(ByteStrings())
    case .uuid: .uuid([])
    case .stringList: .stringList(offsets: [0], elements: ByteStrings())
    case .doubleList: .doubleList(offsets: [0], elements: [])
    }
  }
}
