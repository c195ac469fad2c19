/// A table for people: columns padded to their widest cell, numbers to the right.
struct TextTable {
  private var head: [String]
  private var isRight: [Bool]
  private var rows: [[String]] = []

  /// A title that starts with `>` is aligned to the right, with its column.
  init(_ titles: [String]) {
    isRight = titles.map { $0.hasPrefix(">") }
    head = titles.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
  }

  mutating func add(_ cells: [String]) {
    precondition(cells.count == head.count)
    rows.append(cells)
  }

  var isEmpty: Bool { rows.isEmpty }

  /// Lines without trailing spaces, each ended.
  func text(indent: String = "") -> String {
    let widths = head.indices.map { column in
      ([head] + rows).reduce(0) { max($0, $1[column].count) }
    }
    return ([head] + rows).map { row in
      var line = indent
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line += (column > 0 ? "  " : "") + (isRight[column] ? padding + cell : cell + padding)
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
