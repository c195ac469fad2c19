/// A Block message taken apart but not decoded: what stands before the columns, and where each column's bytes are.
/// Nothing here is larger than the number of columns, which is bounded first.
struct BlockParts {
  var stream: StreamKey
  var rowCount: Int
  var columns: [ColumnParts]

  init(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    guard bytes.count <= Limits.blockBytesMax else {
      throw FormatError(
        .overLimit, "block of \(bytes.count) bytes; the most is \(Limits.blockBytesMax). Send fewer rows at a time")
    }
    var kind: UInt64 = 0
    var environment: UInt64 = 0
    var rows: UInt64 = 0
    var model = ""
    var version = ""
    columns = []
    var hasRowPosition = false
    var cursor = ProtobufCursor(bytes)
    while let field = try cursor.next() {
      switch field.number {
      case BlockField.kind: kind = try field.integer("kind")
      case BlockField.model:
        model = try field.bytes("model").text("model", limit: Limits.modelNameBytesMax)
      case BlockField.version:
        version = try field.bytes("version").text("version", limit: Limits.versionNameBytesMax)
      case BlockField.environment: environment = try field.integer("environment")
      case BlockField.rows: rows = try field.integer("rows")
      case BlockField.columns:
        let column = try ColumnParts(try field.bytes("columns"), index: columns.count)
        columns.append(column)
        // Compaction adds one column to those of a client.
        if column.schema.isRowPosition { hasRowPosition = true }
        guard columns.count - (hasRowPosition ? 1 : 0) <= Limits.columnsMax else {
          throw FormatError(
            .overLimit, "block has more than \(Limits.columnsMax) columns; use vectors or fewer columns")
        }
      default: break  // a newer writer's, and none that this reader must know
      }
    }
    guard let kind = UInt8(exactly: kind).flatMap(EventKind.init(rawValue:)) else {
      throw FormatError(.invalid, "block has the unknown kind \(kind); block.proto lists the kinds")
    }
    guard let environment = UInt8(exactly: environment).flatMap(Environment.init(rawValue:)) else {
      throw FormatError(.invalid, "block has the unknown environment \(environment); block.proto lists them")
    }
    guard rows >= 1, rows <= UInt64(Limits.rowsMax) else {
      throw FormatError(
        rows == 0 ? .invalid : .overLimit, "block has \(rows) rows; 1 to \(Limits.rowsMax) are possible")
    }
    stream = StreamKey(kind: kind, model: model, version: version, environment: environment)
    rowCount = Int(rows)
    try BlockValidation.check(stream: stream)
    try BlockValidation.check(schemas: columns.lazy.map(\.schema), of: kind)
  }
}

/// A Column message taken apart but not decoded.
struct ColumnParts {
  var schema: ColumnSchema
  /// The whole message.
  var message: UnsafeRawBufferPointer
  /// nil: none were written.
  var statistics: UnsafeRawBufferPointer?
  /// nil: plain.
  var encoded: UnsafeRawBufferPointer?

  init(_ message: UnsafeRawBufferPointer, index: Int) throws(FormatError) {
    self.message = message
    var name = ""
    var role: UInt64 = 0
    var type: UInt64 = 0
    var dimension: UInt64 = 0
    var hasPlain = false
    var cursor = ProtobufCursor(message)
    while let field = try cursor.next() {
      switch field.number {
      case ColumnField.name:
        name = try field.bytes("name").text("name of column \(index)", limit: Limits.columnNameBytesMax)
      case ColumnField.role: role = try field.integer("role")
      case ColumnField.type: type = try field.integer("type")
      case ColumnField.dimension: dimension = try field.integer("dimension")
      case ColumnField.statistics: statistics = try field.bytes("statistics")
      case ColumnField.encoded: encoded = try field.bytes("encoded")
      case ColumnField.validity, ColumnField.plainLists: hasPlain = true
      default: break
      }
    }
    guard let role = UInt8(exactly: role).flatMap(ColumnRole.init(rawValue:)) else {
      throw FormatError(.invalid, "column \(index), \"\(name)\", has the unknown role \(role); block.proto lists them")
    }
    guard let type = UInt8(exactly: type).flatMap(ColumnType.init(rawValue:)) else {
      throw FormatError(.invalid, "column \(role.word):\(name) has the unknown type \(type); block.proto lists them")
    }
    schema = ColumnSchema(name, role: role, type: type, dimension: Int(clamping: dimension))
    if encoded?.isEmpty == true { encoded = nil }
    guard encoded == nil || !hasPlain else {
      throw FormatError(
        .invalid, "column \(schema.qualifiedName) has both plain and encoded values; send one of them")
    }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func text(_ what: @autoclosure () -> String, limit: Int) throws(FormatError) -> String {
    guard count <= limit else {
      throw FormatError(.overLimit, "\(what()) has \(count) bytes; the most is \(limit)")
    }
    return try utf8(what())
  }
}
