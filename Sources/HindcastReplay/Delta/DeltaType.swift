internal import HindcastFormat

/// The types that columns of our tables have: what a type of the log is called in Delta and in Parquet.
///
/// Delta has no uuid: ids of both kinds are text. A vector is a list, whatever its dimension.
enum DeltaType: String, Sendable, Hashable, CaseIterable {
  case boolean, long, float, double, string, binary, timestamp
  case floatList, stringList, doubleList

  init(_ type: ColumnType) {
    self =
      switch type {
      case .bool: .boolean
      case .int64: .long
      case .float32: .float
      case .float64: .double
      case .string, .uuid: .string
      case .bytes: .binary
      case .timestamp: .timestamp
      case .vector: .floatList
      case .stringList: .stringList
      case .doubleList: .doubleList
      }
  }

  /// The type in a table's schema.
  var schema: JSONValue {
    switch self {
    case .floatList: Self.list("float")
    case .stringList: Self.list("string")
    case .doubleList: Self.list("double")
    default: .string(rawValue)
    }
  }

  init?(schema: JSONValue) {
    guard let found = Self.allCases.first(where: { $0.schema == schema }) else {
      // Another tool may have written the members of a list's type in another order.
      guard schema["type"]?.string == "array", let element = schema["elementType"]?.string,
        let list = Self.allCases.first(where: { $0.schema["elementType"]?.string == element })
      else { return nil }
      self = list
      return
    }
    self = found
  }

  /// What a second column of one name ends in when its type differs from the first one's: the log's word for the type.
  var suffix: String {
    switch self {
    case .boolean: "bool"
    case .long: "int64"
    case .float: "float32"
    case .double: "float64"
    case .string: "string"
    case .binary: "bytes"
    case .timestamp: "timestamp"
    case .floatList: "vector"
    case .stringList: "string_list"
    case .doubleList: "double_list"
    }
  }

  func parquetColumn(_ name: String) -> ParquetColumn {
    switch self {
    case .boolean: ParquetColumn(name: name, type: .boolean)
    case .long: ParquetColumn(name: name, type: .int64)
    case .float: ParquetColumn(name: name, type: .float)
    case .double: ParquetColumn(name: name, type: .double)
    case .string: ParquetColumn(name: name, type: .string)
    case .binary: ParquetColumn(name: name, type: .bytes)
    case .timestamp: ParquetColumn(name: name, type: .timestamp)
    case .floatList: ParquetColumn(name: name, type: .float, isList: true)
    case .stringList: ParquetColumn(name: name, type: .string, isList: true)
    case .doubleList: ParquetColumn(name: name, type: .double, isList: true)
    }
  }

  private static func list(_ element: String) -> JSONValue {
    .object([("type", .string("array")), ("elementType", .string(element)), ("containsNull", .boolean(true))])
  }
}
