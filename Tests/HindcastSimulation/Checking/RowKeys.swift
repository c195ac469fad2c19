internal import HindcastFormat

/// Rows as single numbers, so that the rows of an archive can be held to those of the blocks that were sent. Independent of
/// how rows are spread over blocks, of the order of columns, and of the hash that storage computes of its rows.
enum RowKeys {
  struct Row {
    var key: UInt64
    /// The position column of an archived row; nil in blocks as they were sent.
    var position: UInt64?
    var time: Int64?
  }

  static func rows(of block: Block) -> [Row] {
    let columns = block.columns.filter { !$0.schema.isRowPosition }
      .sorted { $0.schema.qualifiedName < $1.schema.qualifiedName }
    let positions = block.columns.first { $0.schema.isRowPosition }
    let times = block.times
    return (0..<block.rowCount).map { row in
      var text = "\(block.stream)"
      for column in columns where !column.isNull(row) {
        text += " \(column.schema.qualifiedName):\(column.schema.type)=\(valueText(of: column, row))"
      }
      var position: UInt64?
      if case .int64(let values)? = positions?.values { position = UInt64(bitPattern: values[row]) }
      return Row(key: Checksum.xxh3(text), position: position, time: times?[row])
    }
  }

  private static func valueText(of column: Column, _ row: Int) -> String {
    switch column.values {
    case .bool(let values): return "\(values[row])"
    case .int64(let values): return "\(values[row])"
    case .float64(let values): return "\(values[row].bitPattern)"
    case .float32(let values):
      let width = max(1, column.schema.dimension)
      return "\(values[row * width..<(row + 1) * width].map(\.bitPattern))"
    case .strings(let values): return values.string(row)
    case .uuid(let values): return "\(values[row * 16..<row * 16 + 16])"
    case .stringList, .doubleList: preconditionFailure("the simulation sends no lists")
    }
  }
}
