/// Field numbers of `block.proto`.
enum BlockField {
  static let kind = 1
  static let model = 2
  static let version = 3
  static let environment = 4
  static let rows = 5
  static let columns = 6
}

enum ColumnField {
  static let name = 1
  static let role = 2
  static let type = 3
  static let dimension = 4
  static let validity = 5
  /// `bools` to `list_lengths`.
  static let plainLists = 6...12
  static let statistics = 14
  static let encoded = 15
}

extension [UInt8] {
  /// What stands before the columns of a Block message.
  mutating func appendBlockHead(_ stream: StreamKey, rowCount: Int) {
    appendField(BlockField.kind, varint: UInt64(stream.kind.rawValue))
    appendField(BlockField.model, bytes: stream.model.utf8)
    appendField(BlockField.version, bytes: stream.version.utf8)
    appendField(BlockField.environment, varint: UInt64(stream.environment.rawValue))
    appendField(BlockField.rows, varint: UInt64(rowCount))
  }

  /// What stands before the values of a Column message.
  mutating func appendColumnHead(_ schema: ColumnSchema) {
    appendField(ColumnField.name, bytes: schema.name.utf8)
    appendField(ColumnField.role, varint: UInt64(schema.role.rawValue))
    appendField(ColumnField.type, varint: UInt64(schema.type.rawValue))
    appendField(ColumnField.dimension, varint: UInt64(schema.dimension))
  }
}
