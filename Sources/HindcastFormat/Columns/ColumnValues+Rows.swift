/// Choosing and spreading rows of values. Both walk the rows once, whatever the type.
extension ColumnValues {
  /// The values of the rows that are set, without the others.
  func packed(by validity: Bitmap, dimension: Int) -> ColumnValues {
    taking(rows: validity.setRows, dimension: dimension)
  }

  /// The inverse of `packed`: the values go to the rows that are set, the others get zero or empty.
  package func spread(over validity: Bitmap, dimension: Int) -> ColumnValues {
    let rows = validity.setRows
    func spreadFixed<T: BitwiseCopyable>(_ values: [T], _ zero: T, width: Int = 1) -> [T] {
      var result = [T](repeating: zero, count: validity.count * width)
      if width == 1 {
        for (index, row) in rows.enumerated() { result[row] = values[index] }
      } else {
        for (index, row) in rows.enumerated() {
          for part in 0..<width { result[row * width + part] = values[index * width + part] }
        }
      }
      return result
    }
    func spreadOffsets(_ offsets: [UInt32]) -> [UInt32] {
      var result: [UInt32] = [0]
      result.reserveCapacity(validity.count + 1)
      for (index, row) in rows.enumerated() {
        // Rows without a value end where the value before them ended.
        while result.count <= row { result.append(offsets[index]) }
        result.append(offsets[index + 1])
      }
      while result.count <= validity.count { result.append(offsets[rows.count]) }
      return result
    }
    switch self {
    case .bool(let values): return .bool(spreadFixed(values, 0))
    case .int64(let values): return .int64(spreadFixed(values, 0))
    case .float32(let values): return .float32(spreadFixed(values, 0, width: max(dimension, 1)))
    case .float64(let values): return .float64(spreadFixed(values, 0))
    case .uuid(let values): return .uuid(spreadFixed(values, 0, width: 16))
    case .strings(var values):
      values.offsets = spreadOffsets(values.offsets)
      return .strings(values)
    case .stringList(let offsets, let elements): return .stringList(offsets: spreadOffsets(offsets), elements: elements)
    case .doubleList(let offsets, let elements): return .doubleList(offsets: spreadOffsets(offsets), elements: elements)
    }
  }

  /// The values of these rows, in this order; a row may come more than once. Every row exists.
  func taking(rows: [Int], dimension: Int) -> ColumnValues {
    switch self {
    case .bool(let values): .bool(gather(values, rows))
    case .int64(let values): .int64(gather(values, rows))
    case .float32(let values): .float32(gather(values, rows, width: max(dimension, 1)))
    case .float64(let values): .float64(gather(values, rows))
    case .uuid(let values): .uuid(gather(values, rows, width: 16))
    case .strings(let values): .strings(values.taking(rows))
    case .stringList(let offsets, let elements):
      .stringList(offsets: gatherOffsets(offsets, rows), elements: elements.taking(spans(offsets, rows)))
    case .doubleList(let offsets, let elements):
      .doubleList(offsets: gatherOffsets(offsets, rows), elements: gather(elements, spans(offsets, rows)))
    }
  }
}

extension ByteStrings {
  /// These strings, in this order. Every one exists.
  func taking(_ rows: [Int]) -> ByteStrings {
    let offsets = gatherOffsets(offsets, rows)
    return ByteStrings(offsets: offsets, bytes: UncheckedLoops.copyStrings(self, rows: rows, offsets: offsets))
  }
}

private func gather<T: BitwiseCopyable>(_ values: [T], _ rows: [Int], width: Int = 1) -> [T] {
  UncheckedLoops.gather(values, rows, width: width)
}

private func gatherOffsets(_ offsets: [UInt32], _ rows: [Int]) -> [UInt32] {
  UncheckedLoops.prefixSums(UncheckedLoops.gatherLengths(offsets, rows))
}

/// The elements of the lists in these rows, one after the other.
private func spans(_ offsets: [UInt32], _ rows: [Int]) -> [Int] {
  var elements: [Int] = []
  for row in rows { elements.append(contentsOf: Int(offsets[row])..<Int(offsets[row + 1])) }
  return elements
}
