internal import HindcastFormat

/// The order of rows in an archive: by time, then by position and place in their block. Pure.
enum RowOrder {
  /// Rows of a block whose rows stand in the order of their positions; only the first of predictions that are exact
  /// duplicates. Actuals all stay: one that repeats an earlier one outvotes what came between them. `sums` are the block's
  /// `RowHash.sums`.
  static func rows(of block: Block, sums: [UInt64]) -> (order: [Int], duplicates: [Int]) {
    var order = Array(0..<block.rowCount)
    guard let times = block.times else { return (order, []) }
    if !isAscending(times) {
      // The sort need not be stable: rows already stand in the order that decides between equal times.
      order.sort { times[$0] != times[$1] ? times[$0] < times[$1] : $0 < $1 }
    }
    guard block.stream.kind == .prediction else { return (order, []) }
    let duplicates = duplicates(in: order, times: times, sums: sums, block: block)
    if !duplicates.isEmpty {
      let dropped = Set(duplicates)
      order.removeAll { dropped.contains($0) }
    }
    return (order, duplicates)
  }

  private static func isAscending(_ times: [Int64]) -> Bool {
    for row in times.indices.dropFirst() where times[row] < times[row - 1] { return false }
    return true
  }

  /// Equal rows have equal times, so they are looked for among neighbours only.
  private static func duplicates(in order: [Int], times: [Int64], sums: [UInt64], block: Block) -> [Int] {
    var duplicates: [Int] = []
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, times[order[end]] == times[order[start]] { end += 1 }
      if end - start > 1 {
        var seen: [UInt64: [Int]] = [:]
        for row in order[start..<end] {
          if seen[sums[row], default: []].contains(where: { block.hasEqualRows($0, row) }) {
            duplicates.append(row)
          } else {
            seen[sums[row], default: []].append(row)
          }
        }
      }
      start = end
    }
    return duplicates
  }
}

extension Block {
  /// Whether two rows are the same to the last bit, positions aside.
  func hasEqualRows(_ left: Int, _ right: Int) -> Bool {
    columns.allSatisfy { $0.schema.isRowPosition || $0.hasEqualRows(left, right) }
  }
}

extension Column {
  fileprivate func hasEqualRows(_ left: Int, _ right: Int) -> Bool {
    if isNull(left) || isNull(right) { return isNull(left) == isNull(right) }
    func same<T>(_ values: [T], width: Int, _ equal: (T, T) -> Bool) -> Bool {
      (0..<width).allSatisfy { equal(values[left * width + $0], values[right * width + $0]) }
    }
    switch values {
    case .bool(let values): return values[left] == values[right]
    case .int64(let values): return values[left] == values[right]
    case .float32(let values): return same(values, width: max(schema.dimension, 1)) { $0.bitPattern == $1.bitPattern }
    case .float64(let values): return values[left].bitPattern == values[right].bitPattern
    case .uuid(let values): return same(values, width: 16, ==)
    case .strings(let values): return values.bytesEqual(left, values, right)
    case .stringList(let offsets, let elements):
      let (first, second) = (Self.span(offsets, left), Self.span(offsets, right))
      return first.count == second.count && zip(first, second).allSatisfy { elements.bytesEqual($0, elements, $1) }
    case .doubleList(let offsets, let elements):
      let (first, second) = (Self.span(offsets, left), Self.span(offsets, right))
      return first.count == second.count
        && zip(first, second).allSatisfy { elements[$0].bitPattern == elements[$1].bitPattern }
    }
  }

  private static func span(_ offsets: [UInt32], _ row: Int) -> Range<Int> { Int(offsets[row])..<Int(offsets[row + 1]) }
}
