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
    var joins: [ColumnJoin] = []
    for (index, block) in blocks.enumerated() {
      for column in block.columns {
        let name = column.schema.qualifiedName
        let place = places[name] ?? joins.count
        if place == joins.count {
          places[name] = place
          joins.append(ColumnJoin(column.schema, blockCount: blocks.count))
        }
        guard joins[place].schema == column.schema else {
          throw FormatError(
            .invalid,
            "column \(name) is \(column.schema.typeText) in one block and \(joins[place].schema.typeText) in another; "
              + "give one of them another name")
        }
        joins[place].columns[index] = column
      }
    }
    let rowCounts = blocks.map(\.rowCount)
    var columns: [Column] = []
    for join in joins { columns.append(try join.column(rowCounts: rowCounts)) }
    return Block(stream: first.stream, rowCount: rowCounts.reduce(0, +), columns: columns)
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
}

extension ColumnSchema {
  /// The type as errors name it: `float64`, `vector(64)`.
  package var typeText: String { type == .vector ? "vector(\(dimension))" : type.word }
}
