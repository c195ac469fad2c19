/// The rules of `block.proto` that the bytes alone cannot express.
package enum BlockValidation {
  /// Everything about a decoded block: names, roles, types, row counts, nulls, values.
  package static func check(_ block: Block) throws(FormatError) {
    try check(stream: block.stream)
    guard block.rowCount >= 1, block.rowCount <= Limits.rowsMax else {
      throw FormatError(
        block.rowCount < 1 ? .invalid : .overLimit,
        "block has \(block.rowCount) rows; 1 to \(Limits.rowsMax) are possible")
    }
    // Compaction adds one column to those of a client.
    let clientColumnCount = block.columns.count { !$0.schema.isRowPosition }
    guard clientColumnCount <= Limits.columnsMax else {
      throw FormatError(
        .overLimit, "block has \(block.columns.count) columns; the most is \(Limits.columnsMax). Use vectors")
    }
    try check(schemas: block.columns.lazy.map(\.schema), of: block.stream.kind)
    for column in block.columns {
      do throws(FormatError) {
        try check(column: column, rowCount: block.rowCount)
      } catch {
        throw FormatError(error.code, "column \(column.schema.qualifiedName): \(error.message)")
      }
    }
  }

  package static func check(stream: StreamKey) throws(FormatError) {
    try check(name: stream.model, "model", 1...Limits.modelNameBytesMax)
    try check(name: stream.version, "version", 0...Limits.versionNameBytesMax)
  }

  /// Names, and which columns there must be. Schemas of a block of this kind.
  static func check(schemas: some Collection<ColumnSchema>, of kind: EventKind) throws(FormatError) {
    var names: Set<RoleAndName> = []
    names.reserveCapacity(schemas.count)
    var ids = 0
    var times = 0
    for schema in schemas {
      try check(name: schema.name, "name of a column of role \(schema.role.word)", 1...Limits.columnNameBytesMax)
      guard names.insert(RoleAndName(role: schema.role, name: schema.name)).inserted else {
        throw FormatError(.invalid, "column \(schema.qualifiedName) is there twice; names are unique within a role")
      }
      if schema.type == .vector {
        guard schema.dimension >= 1, schema.dimension <= Limits.vectorDimensionMax else {
          throw FormatError(
            .invalid,
            "column \(schema.qualifiedName): a vector's dimension is 1 to \(Limits.vectorDimensionMax), "
              + "not \(schema.dimension)")
        }
      } else if schema.dimension != 0 {
        throw FormatError(.invalid, "column \(schema.qualifiedName): only vectors have a dimension; leave it 0")
      }
      if schema.role == .id {
        ids += 1
        guard schema.name == ColumnName.id, schema.type == .string || schema.type == .uuid else {
          throw FormatError(
            .invalid,
            "column \(schema.qualifiedName): the id column is called \"id\" and is of type string or uuid, "
              + "not \(schema.typeText)")
        }
      }
      if schema.role == .time {
        times += 1
        guard schema.name == ColumnName.time, schema.type == .timestamp else {
          throw FormatError(
            .invalid,
            "column \(schema.qualifiedName): the time column is called \"time\" and is of type timestamp, "
              + "not \(schema.typeText)")
        }
      }
    }
    guard kind.alwaysHasTime else { return }
    guard ids == 1 else { throw FormatError(.invalid, "a block of \(kind.plural) needs a column id:id, of role id") }
    guard times == 1 else {
      throw FormatError(.invalid, "a block of \(kind.plural) needs a column time:time, of role time")
    }
  }

  private struct RoleAndName: Hashable {
    var role: ColumnRole
    var name: String
  }

  /// `what` names it in the error; `lengths` are bytes of UTF-8.
  static func check(
    name: String, _ what: @autoclosure () -> String, _ lengths: ClosedRange<Int>
  ) throws(FormatError) {
    let count = name.utf8.count
    guard count <= lengths.upperBound else {
      throw FormatError(.overLimit, "\(what()) has \(count) bytes; the most is \(lengths.upperBound)")
    }
    guard count >= lengths.lowerBound else { throw FormatError(.invalid, "\(what()) is empty; give it one") }
    guard !hasControlCharacter(name) else {
      throw FormatError(.invalid, "\(what()) has control characters; leave them out")
    }
  }

  /// C0, DEL and, of two bytes in UTF-8, C1.
  private static func hasControlCharacter(_ name: String) -> Bool {
    var name = name
    return name.withUTF8 { bytes in
      var previous: UInt8 = 0
      for byte in bytes {
        if byte < 0x20 || byte == 0x7F || (previous == 0xC2 && byte < 0xA0) { return true }
        previous = byte
      }
      return false
    }
  }

  /// id and time have a value in every row.
  static func checkNulls(_ column: Column) throws(FormatError) {
    guard column.schema.role == .id || column.schema.role == .time, column.nullCount > 0 else { return }
    throw FormatError(.invalid, "\(column.nullCount) rows have no value, but every event needs one")
  }

  /// What one decoded column must be, whatever the others are.
  static func check(column: Column, rowCount: Int) throws(FormatError) {
    guard column.values.matches(column.schema.type) else {
      throw FormatError(.invalid, "its values are not of type \(column.schema.typeText)")
    }
    try column.values.checkShape(dimension: column.schema.dimension)
    guard column.rowCount == rowCount else { throw wrongRowCount(column.rowCount, rowCount) }
    if let validity = column.validity, validity.count != rowCount {
      throw FormatError(.invalid, "its validity has \(validity.count) rows, but the block has \(rowCount)")
    }
    try checkNulls(column)
    try column.values.checkContent(isText: column.schema.type != .bytes)
  }

  static func wrongRowCount(_ count: Int, _ rowCount: Int) -> FormatError {
    FormatError(.invalid, "it has \(count) rows, but the block has \(rowCount)")
  }
}

extension ColumnValues {
  /// Whether arrays have the lengths that their meaning asks for, so that nothing after this can trap.
  fileprivate func checkShape(dimension: Int) throws(FormatError) {
    switch self {
    case .bool, .int64, .float64: return
    case .float32(let values):
      guard dimension < 2 || values.count % dimension == 0 else {
        throw FormatError(.invalid, "\(values.count) values are no whole number of vectors of \(dimension)")
      }
    case .uuid(let values):
      guard values.count % 16 == 0 else {
        throw FormatError(.invalid, "\(values.count) bytes are no whole number of uuids, 16 bytes each")
      }
    case .strings(let values): try values.checkShape()
    case .stringList(let offsets, let elements):
      try elements.checkShape()
      try checkOffsets(offsets, end: elements.count)
    case .doubleList(let offsets, let elements): try checkOffsets(offsets, end: elements.count)
    }
  }

  fileprivate func checkContent(isText: Bool) throws(FormatError) {
    switch self {
    case .bool(let values):
      guard values.allSatisfy({ $0 <= 1 }) else { throw FormatError(.invalid, "a bool is neither 0 nor 1") }
    case .strings(let values):
      try values.checkLengths()
      if isText { try values.checkUTF8() }
    case .stringList(_, let elements):
      try elements.checkLengths()
      try elements.checkUTF8()
    default: return
    }
  }
}

extension ByteStrings {
  fileprivate func checkShape() throws(FormatError) { try checkOffsets(offsets, end: bytes.count) }

  func checkLengths() throws(FormatError) {
    // No string is longer than all together.
    guard bytes.count > Limits.valueBytesMax else { return }
    for row in 0..<count where offsets[row + 1] - offsets[row] > UInt32(Limits.valueBytesMax) {
      throw FormatError(
        .overLimit,
        "value \(row) has \(offsets[row + 1] - offsets[row]) bytes; the most is \(Limits.valueBytesMax)")
    }
  }
}

private func checkOffsets(_ offsets: [UInt32], end: Int) throws(FormatError) {
  guard offsets.first == 0, Int(offsets[offsets.count - 1]) == end, zip(offsets, offsets.dropFirst()).allSatisfy(<=)
  else {
    throw FormatError(.invalid, "its offsets do not ascend from 0 to \(end)")
  }
}
