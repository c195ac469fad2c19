/// The `encoded` bytes of one column back to values: row count, length of the tree, tree, data (see FORMAT.md).
enum ColumnDecoder {
  /// `sources`: the columns that `sources(of:)` names, without nulls.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, schema: ColumnSchema, rowCount: Int, budget: inout DecodeBudget,
    compressor: ByteCompressor, sources: [Column] = []
  ) throws(FormatError) -> Column {
    let (tree, data) = try parts(bytes, rowCount: rowCount)
    var reader = StepReader(tree: tree, data: data, budget: budget, compressor: compressor)
    let column = try related(&reader, schema, rowCount, sources)
    guard reader.tree.isAtEnd, reader.data.isAtEnd else {
      throw FormatError(
        .corrupt, "\(reader.tree.remaining + reader.data.remaining) bytes are left behind the last step")
    }
    budget = reader.budget
    return column
  }

  /// The columns that this one is computed from, by name; nil: none.
  static func sources(of bytes: UnsafeRawBufferPointer, rowCount: Int) throws(FormatError) -> RelatedSources? {
    var (tree, data) = try parts(bytes, rowCount: rowCount)
    guard tree.remaining > 0, try tree.byte() == EncodingStep.related.rawValue else { return nil }
    return try RelatedSources(reading: &data)
  }

  /// The tree as text, for people.
  static func describe(_ bytes: UnsafeRawBufferPointer, rowCount: Int) throws(FormatError) -> String {
    var (tree, _) = try parts(bytes, rowCount: rowCount)
    return try StepDescription.text(tree: &tree)
  }

  private static func parts(
    _ bytes: UnsafeRawBufferPointer, rowCount: Int
  ) throws(FormatError) -> (tree: ByteCursor, data: ByteCursor) {
    var cursor = ByteCursor(bytes)
    let rows = try cursor.varint()
    guard rows == UInt64(rowCount) else {
      throw FormatError(.invalid, "it has \(rows) rows, but the block has \(rowCount)")
    }
    let tree = ByteCursor(try cursor.take(try cursor.count(upTo: cursor.remaining, "the length of the steps")))
    return (tree, ByteCursor(try cursor.take(cursor.remaining)))
  }

  private static func related(
    _ reader: inout StepReader, _ schema: ColumnSchema, _ rowCount: Int, _ sources: [Column]
  ) throws(FormatError) -> Column {
    guard reader.isNext(.related) else { return try column(&reader, schema, rowCount, nil) }
    _ = try reader.enter()
    defer { reader.leave() }
    let names = try RelatedSources(reading: &reader.data).names
    guard names.count == sources.count, zip(names, sources).allSatisfy({ $0.matches($1.schema) }) else {
      throw FormatError(.corrupt, "it is computed from columns that are not at hand")
    }
    return try column(&reader, schema, rowCount, sources)
  }

  /// `sources`: of a column under `related`.
  private static func column(
    _ reader: inout StepReader, _ schema: ColumnSchema, _ rowCount: Int, _ sources: [Column]?
  ) throws(FormatError) -> Column {
    try reader.budget.expect(rowCount * max(schema.dimension, 1), stride: schema.bytesPerValueAtLeast)
    guard reader.isNext(.nullable) else {
      return Column(schema, try values(&reader, schema, rowCount, sources?.map(\.values)))
    }
    _ = try reader.enter()
    defer { reader.leave() }
    let presence = try reader.integers(rowCount)
    guard let validity = Bitmap(presence) else {
      throw FormatError(.corrupt, "presence of a value is neither 0 nor 1")
    }
    let rows = sources == nil ? [] : validity.setRows
    if let sources { try reader.budget.take(rows.count, stride: 8 + sources.reduce(0) { $0 + $1.bytesPerRow }) }
    let dense = try values(
      &reader, schema, validity.setCount, sources?.map { $0.values.taking(rows: rows, dimension: $0.schema.dimension) })
    try reader.budget.take(rowCount, stride: schema.bytesPerRowAtLeast)
    return Column(schema, dense.spread(over: validity, dimension: schema.dimension), validity: validity)
  }

  private static func values(
    _ reader: inout StepReader, _ schema: ColumnSchema, _ count: Int, _ sources: [ColumnValues]?
  ) throws(FormatError) -> ColumnValues {
    if let sources { return try RelationSteps.values(&reader, schema, count, sources) }
    return try values(&reader, schema, count, isResult: true)
  }

  /// `isResult`: these are values of the column, not the entries of a table.
  static func values(
    _ reader: inout StepReader, _ schema: ColumnSchema, _ count: Int, isResult: Bool
  ) throws(FormatError) -> ColumnValues {
    switch schema.type {
    case .bool:
      let integers = try reader.integers(count)
      guard integers.allSatisfy({ $0 == 0 || $0 == 1 }) else {
        throw FormatError(.corrupt, "a bool is neither 0 nor 1")
      }
      return .bool(integers.withUnsafeBufferPointer { UncheckedLoops.map($0) { UInt8(truncatingIfNeeded: $0) } })
    case .int64, .timestamp: return .int64(try reader.integers(count))
    case .float32: return .float32(try reader.float32s(count))
    case .float64: return .float64(try reader.float64s(count))
    case .string: return .strings(try reader.strings(count, isText: true, isResult: isResult))
    case .bytes: return .strings(try reader.strings(count, isText: false, isResult: isResult))
    case .uuid: return .uuid(try reader.uuids(count))
    case .vector: return .float32(try VectorStep.decode(&reader, rows: count, dimension: schema.dimension))
    case .stringList: return try reader.stringLists(count)
    case .doubleList: return try reader.doubleLists(count)
    }
  }
}

extension Column {
  /// What a row takes in memory on average, rounded up.
  fileprivate var bytesPerRow: Int { values.rawByteCount / max(rowCount, 1) + 1 }
}

extension ColumnSchema {
  /// What a row, or of a vector each of its values, takes in memory, before what strings and lists add.
  var bytesPerValueAtLeast: Int {
    switch type {
    case .bool: 1
    case .int64, .timestamp, .float64: 8
    case .float32, .vector, .string, .bytes, .stringList, .doubleList: 4
    case .uuid: 16
    }
  }

  var bytesPerRowAtLeast: Int { bytesPerValueAtLeast * max(dimension, 1) }
}
