extension Block {
  /// The block with these rows, in this order; a row may come more than once. Every row exists.
  package func taking(rows: [Int]) -> Block {
    Block(stream: stream, rowCount: rows.count, columns: columns.map { $0.taking(rows: rows) })
  }

  /// The block with the rows whose bit is set.
  package func filtered(by mask: Bitmap) -> Block {
    precondition(mask.count == rowCount)
    return mask.setCount == rowCount ? self : taking(rows: mask.setRows)
  }

  /// The rows of all blocks, in order; their columns united by role and name, in order of first appearance, with nulls
  /// where a block lacks a column. All are of the first block's stream (the caller's to see to). Throws `invalid` when
  /// columns of one name differ in type or dimension, `overLimit` when strings of a column pass 4 GiB.
  package static func concatenating(_ blocks: [Block]) throws(FormatError) -> Block {
    guard let first = blocks.first else { throw FormatError(.invalid, "no blocks to join") }
    guard blocks.count > 1 else { return first }
    var places: [String: Int] = [:]
    var columns: [Column] = []
    var rowCount = 0
    for block in blocks {
      for column in block.columns {
        let place = places[column.schema.qualifiedName] ?? columns.count
        if place == columns.count {
          places[column.schema.qualifiedName] = place
          columns.append(Column(column.schema, .empty(column.schema.type)))
        }
        guard columns[place].schema == column.schema else {
          throw FormatError(
            .invalid,
            "column \(column.schema.qualifiedName) is \(column.schema.typeText) in one block and "
              + "\(columns[place].schema.typeText) in another; give one of them another name")
        }
        columns[place].appendNulls(upTo: rowCount)
        try columns[place].append(column)
      }
      rowCount += block.rowCount
    }
    for place in columns.indices { columns[place].appendNulls(upTo: rowCount) }
    return Block(stream: first.stream, rowCount: rowCount, columns: columns)
  }
}

extension Column {
  /// The column with these rows, in this order. Without a null among them it has no validity.
  package func taking(rows: [Int]) -> Column {
    let validity = validity?.taking(rows: rows)
    return Column(
      schema, values.taking(rows: rows, dimension: schema.dimension),
      validity: validity.flatMap { $0.setCount == $0.count ? nil : $0 })
  }

  /// Nulls until there are `count` rows.
  mutating func appendNulls(upTo count: Int) {
    let present = rowCount
    guard present < count else { return }
    if validity == nil { validity = Bitmap(repeating: true, count: present) }
    validity?.append(repeating: false, count: count - present)
    values.appendEmpty(count: count - present, dimension: schema.dimension)
  }

  /// The rows of a column of the same schema.
  mutating func append(_ other: Column) throws(FormatError) {
    if validity != nil || other.validity != nil {
      if validity == nil { validity = Bitmap(repeating: true, count: rowCount) }
      if let otherValidity = other.validity {
        validity?.append(contentsOf: otherValidity)
      } else {
        validity?.append(repeating: true, count: other.rowCount)
      }
    }
    try values.append(other.values)
  }
}

extension ColumnSchema {
  /// The type as errors name it: `float64`, `vector(64)`.
  package var typeText: String { type == .vector ? "vector(\(dimension))" : type.word }
}
