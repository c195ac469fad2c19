/// A column of a Parquet file: every one may be null, and a list's elements as well.
struct ParquetColumn: Sendable, Hashable {
  var name: String
  var type: ParquetType
  /// A list of `type`, in the three levels that readers expect: `name` (LIST) > `list` > `element`.
  var isList = false

  /// A row's definition level when it has a value: 1, or 3 within a list (0 no list, 1 an empty one, 2 a null element).
  var definitionLevelMax: Int { isList ? 3 : 1 }
  var path: [String] { isList ? [name, "list", "element"] : [name] }
}

enum ParquetType: Sendable, Hashable {
  case boolean, int64, float, double
  /// Microseconds since 1970 UTC, in an INT64.
  case timestamp
  /// UTF-8 text and any bytes, both in a BYTE_ARRAY.
  case string, bytes
}

/// The numbers of parquet-format's `parquet.thrift`.
enum ParquetCode {
  static let boolean: Int32 = 0
  static let int64: Int32 = 2
  static let float: Int32 = 4
  static let double: Int32 = 5
  static let byteArray: Int32 = 6

  static let optional: Int32 = 1
  static let repeated: Int32 = 2

  static let convertedUTF8: Int32 = 0
  static let convertedList: Int32 = 3
  static let convertedTimestampMicros: Int32 = 10

  static let plain: Int32 = 0
  static let runLength: Int32 = 3
  static let runLengthDictionary: Int32 = 8

  static let zstd: Int32 = 6

  static let dataPage: Int32 = 0
  static let dictionaryPage: Int32 = 2
}

extension ParquetType {
  var physical: Int32 {
    switch self {
    case .boolean: ParquetCode.boolean
    case .int64, .timestamp: ParquetCode.int64
    case .float: ParquetCode.float
    case .double: ParquetCode.double
    case .string, .bytes: ParquetCode.byteArray
    }
  }
}

extension ThriftCompactWriter {
  /// The field `schema` of FileMetaData: the tree of columns, depth first.
  mutating func parquetSchema(_ field: Int16, _ columns: [ParquetColumn]) {
    var elements: [SchemaElement] = [.root(children: columns.count)]
    for column in columns {
      if column.isList {
        elements += [.list(column.name), .repeated, .leaf("element", column.type)]
      } else {
        elements.append(.leaf(column.name, column.type))
      }
    }
    structureList(field, elements) { $0.schemaElement($1) }
  }

  private enum SchemaElement {
    case root(children: Int)
    case list(String)
    case repeated
    case leaf(String, ParquetType)
  }

  private mutating func schemaElement(_ element: SchemaElement) {
    switch element {
    case .root(let children):
      binary(4, "schema".utf8)
      int32(5, Int32(children))
    case .list(let name):
      int32(3, ParquetCode.optional)
      binary(4, name.utf8)
      int32(5, 1)
      int32(6, ParquetCode.convertedList)
      structure(10) { $0.structure(3) { _ in } }
    case .repeated:
      int32(3, ParquetCode.repeated)
      binary(4, "list".utf8)
      int32(5, 1)
    case .leaf(let name, let type):
      int32(1, type.physical)
      int32(3, ParquetCode.optional)
      binary(4, name.utf8)
      if type == .string {
        int32(6, ParquetCode.convertedUTF8)
        structure(10) { $0.structure(1) { _ in } }
      } else if type == .timestamp {
        int32(6, ParquetCode.convertedTimestampMicros)
        structure(10) { logical in
          logical.structure(8) { timestamp in
            timestamp.boolean(1, true)  // adjusted to UTC
            timestamp.structure(2) { unit in unit.structure(2) { _ in } }  // microseconds
          }
        }
      }
    }
  }
}
