/// Collects events into columns, one after another. In steady state an event allocates nothing: values go into arrays
/// that keep growing room, and `take` hands the arrays over.
///
/// For each event: one `append` for each column that has a value, then `endRow`, which gives the others a null.
package struct BlockBuilder: Sendable {
  package let stream: StreamKey
  package private(set) var rowCount = 0
  /// Bytes of the values so far, as `ColumnValues.rawByteCount` counts them.
  package private(set) var rawByteCount = 0
  private var columns: [ColumnBuilder] = []
  private var places: [Key: Int] = [:]

  private struct Key: Hashable {
    var role: ColumnRole
    var name: String
  }

  package init(stream: StreamKey) { self.stream = stream }

  package var schemas: [ColumnSchema] { columns.map(\.schema) }

  /// The number of the column, which is added if it is new; the rows so far have no value in it. Throws `invalid` if
  /// there is one of this role and name with another type, `overLimit` if a block can have no more.
  package mutating func column(_ schema: ColumnSchema) throws(FormatError) -> Int {
    let key = Key(role: schema.role, name: schema.name)
    if let place = places[key] {
      guard columns[place].schema == schema else {
        throw FormatError(
          .invalid,
          "column \(schema.qualifiedName) is of type \(columns[place].schema.typeText); a \(schema.typeText) does not "
            + "fit. Send one type, or use another name")
      }
      return place
    }
    guard columns.count < Limits.columnsMax else {
      throw FormatError(.overLimit, "a block has at most \(Limits.columnsMax) columns; use vectors or fewer columns")
    }
    places[key] = columns.count
    columns.append(ColumnBuilder(schema, nulls: rowCount))
    return columns.count - 1
  }

  /// The number and schema of the column of this role and name, if there is one.
  package func find(_ role: ColumnRole, _ name: String) -> (column: Int, schema: ColumnSchema)? {
    places[Key(role: role, name: name)].map { ($0, columns[$0].schema) }
  }

  /// Whether the open row has a value in this column already.
  package func hasValue(in column: Int) -> Bool { columns[column].rowCount > rowCount }

  // Each appends one value to the open row of a column of that type. A second value for one row replaces nothing and is
  // the caller's error, as is a wrong type: both trap.

  package mutating func append(_ value: Bool, to column: Int) {
    rawByteCount += 1
    columns[column].append(value, rowCount)
  }

  /// int64 and timestamp.
  package mutating func append(_ value: Int64, to column: Int) {
    rawByteCount += 8
    columns[column].append(value, rowCount)
  }

  package mutating func append(_ value: Float, to column: Int) {
    rawByteCount += 4
    columns[column].append(value, rowCount)
  }

  package mutating func append(_ value: Double, to column: Int) {
    rawByteCount += 8
    columns[column].append(value, rowCount)
  }

  package mutating func append(_ value: String, to column: Int) {
    var value = value
    value.withUTF8 { append(UnsafeRawBufferPointer($0), to: column) }
  }

  /// string (then UTF-8, checked when the block is encoded) and bytes.
  package mutating func append(_ value: UnsafeRawBufferPointer, to column: Int) {
    rawByteCount += value.count + 4
    columns[column].append(string: value, rowCount)
  }

  /// bytes.
  package mutating func append(_ value: [UInt8], to column: Int) {
    value.withUnsafeBytes { append($0, to: column) }
  }

  /// 16 bytes.
  package mutating func append(uuid: UnsafeRawBufferPointer, to column: Int) {
    rawByteCount += 16
    columns[column].append(uuid: uuid, rowCount)
  }

  package mutating func append(uuid: [UInt8], to column: Int) {
    uuid.withUnsafeBytes { append(uuid: $0, to: column) }
  }

  /// As many values as the column's dimension.
  package mutating func append(vector: [Float], to column: Int) {
    vector.withUnsafeBytes { append(vector: $0, to: column) }
  }

  /// The bytes of as many float32 values as the column's dimension.
  package mutating func append(vector: UnsafeRawBufferPointer, to column: Int) {
    rawByteCount += vector.count
    columns[column].append(vector: vector, rowCount)
  }

  package mutating func append(list: [Double], to column: Int) {
    list.withUnsafeBytes { append(doubles: $0, to: column) }
  }

  /// A list by the bytes of its float64 values.
  package mutating func append(doubles: UnsafeRawBufferPointer, to column: Int) {
    rawByteCount += 4 + doubles.count
    columns[column].append(doubles: doubles, rowCount)
  }

  package mutating func append(list: [String], to column: Int) {
    append(list: ByteStrings(list), to: column)
  }

  package mutating func append(list: ByteStrings, to column: Int) {
    rawByteCount += 4 + list.bytes.count + 4 * list.count
    columns[column].append(list: list, rowCount)
  }

  /// Closes the row: columns without a value in it get a null.
  package mutating func endRow() {
    rowCount += 1
    for index in columns.indices { columns[index].endRow(rowCount) }
  }

  /// Appends a value or null for each of many rows, which `endRows` closes. Not for lists and vectors; of a uuid the 16
  /// bytes stand in the place of the slot.
  package mutating func append(_ source: RowGather, to column: Int) {
    rawByteCount += columns[column].append(source, rowCount)
  }

  /// Closes so many rows.
  package mutating func endRows(_ count: Int) {
    rowCount += count
    for index in columns.indices { columns[index].endRow(rowCount) }
  }

  /// Takes back the values appended since the last `endRow`.
  package mutating func dropRow() {
    for index in columns.indices { columns[index].truncate(to: rowCount) }
  }

  /// The rows so far as a block, without the columns that have no value in any of them; the builder is empty afterwards,
  /// knows its columns still, and has room for as many rows again.
  package mutating func take() -> Block {
    dropRow()
    var taken: [Column] = []
    taken.reserveCapacity(columns.count)
    for index in columns.indices {
      if let column = columns[index].take() { taken.append(column) }
    }
    defer {
      rowCount = 0
      rawByteCount = 0
    }
    return Block(stream: stream, rowCount: rowCount, columns: taken)
  }
}
