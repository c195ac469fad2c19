/// Choosing, spreading and joining rows of values. All walk the rows once, whatever the type.
extension ColumnValues {
  /// The values of the rows that are set, without the others.
  func packed(by validity: Bitmap, dimension: Int) -> ColumnValues {
    taking(rows: validity.setRows, dimension: dimension)
  }

  /// The inverse of `packed`: the values go to the rows that are set, the others get zero or empty.
  func spread(over validity: Bitmap, dimension: Int) -> ColumnValues {
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

  /// `count` rows of zero or empty, behind the values that are there.
  mutating func appendEmpty(count: Int, dimension: Int) {
    switch self {
    case .bool(var values):
      self = .bool([])
      values.append(contentsOf: repeatElement(0, count: count))
      self = .bool(values)
    case .int64(var values):
      self = .int64([])
      values.append(contentsOf: repeatElement(0, count: count))
      self = .int64(values)
    case .float32(var values):
      self = .float32([])
      values.append(contentsOf: repeatElement(0, count: count * max(dimension, 1)))
      self = .float32(values)
    case .float64(var values):
      self = .float64([])
      values.append(contentsOf: repeatElement(0, count: count))
      self = .float64(values)
    case .uuid(var values):
      self = .uuid([])
      values.append(contentsOf: repeatElement(0, count: count * 16))
      self = .uuid(values)
    case .strings(var values):
      self = .strings(ByteStrings())
      values.offsets.append(contentsOf: repeatElement(values.offsets[values.count], count: count))
      self = .strings(values)
    case .stringList(var offsets, let elements):
      self = .bool([])
      offsets.append(contentsOf: repeatElement(offsets[offsets.count - 1], count: count))
      self = .stringList(offsets: offsets, elements: elements)
    case .doubleList(var offsets, let elements):
      self = .bool([])
      offsets.append(contentsOf: repeatElement(offsets[offsets.count - 1], count: count))
      self = .doubleList(offsets: offsets, elements: elements)
    }
  }

  /// Appends the rows of values of the same type. Throws when strings or list elements pass what 32-bit offsets reach.
  mutating func append(_ other: ColumnValues) throws(FormatError) {
    switch (self, other) {
    case (.bool(var values), .bool(let more)):
      self = .bool([])
      values += more
      self = .bool(values)
    case (.int64(var values), .int64(let more)):
      self = .bool([])
      values += more
      self = .int64(values)
    case (.float32(var values), .float32(let more)):
      self = .bool([])
      values += more
      self = .float32(values)
    case (.float64(var values), .float64(let more)):
      self = .bool([])
      values += more
      self = .float64(values)
    case (.uuid(var values), .uuid(let more)):
      self = .bool([])
      values += more
      self = .uuid(values)
    case (.strings(var values), .strings(let more)):
      self = .bool([])
      try values.append(contentsOf: more)
      self = .strings(values)
    case (.stringList(var offsets, var elements), .stringList(let moreOffsets, let moreElements)):
      self = .bool([])
      try appendOffsets(&offsets, moreOffsets)
      try elements.append(contentsOf: moreElements)
      self = .stringList(offsets: offsets, elements: elements)
    case (.doubleList(var offsets, var elements), .doubleList(let moreOffsets, let moreElements)):
      self = .bool([])
      try appendOffsets(&offsets, moreOffsets)
      elements += moreElements
      self = .doubleList(offsets: offsets, elements: elements)
    default: throw FormatError(.invalid, "columns of different types cannot be joined")
    }
  }
}

extension ByteStrings {
  func taking(_ rows: [Int]) -> ByteStrings {
    var result = ByteStrings()
    result.offsets = gatherOffsets(offsets, rows)
    result.bytes.reserveCapacity(Int(result.offsets[rows.count]))
    bytes.withUnsafeBufferPointer { bytes in
      for row in rows {
        result.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[Int(offsets[row])..<Int(offsets[row + 1])]))
      }
    }
    return result
  }

  mutating func append(contentsOf other: ByteStrings) throws(FormatError) {
    try appendOffsets(&offsets, other.offsets)
    bytes += other.bytes
  }
}

private func gather<T: BitwiseCopyable>(_ values: [T], _ rows: [Int], width: Int = 1) -> [T] {
  var result: [T] = []
  result.reserveCapacity(rows.count * width)
  if width == 1 {
    for row in rows { result.append(values[row]) }
  } else {
    for row in rows { result.append(contentsOf: values[row * width..<(row + 1) * width]) }
  }
  return result
}

private func gatherOffsets(_ offsets: [UInt32], _ rows: [Int]) -> [UInt32] {
  var result: [UInt32] = [0]
  result.reserveCapacity(rows.count + 1)
  var total: UInt32 = 0
  for row in rows {
    total += offsets[row + 1] - offsets[row]
    result.append(total)
  }
  return result
}

/// The elements of the lists in these rows, one after the other.
private func spans(_ offsets: [UInt32], _ rows: [Int]) -> [Int] {
  rows.flatMap { Int(offsets[$0])..<Int(offsets[$0 + 1]) }
}

private func appendOffsets(_ offsets: inout [UInt32], _ more: [UInt32]) throws(FormatError) {
  let start = offsets[offsets.count - 1]
  guard let last = more.last, !start.addingReportingOverflow(last).overflow else {
    throw FormatError(.overLimit, "joined strings or lists pass 4 GiB; join fewer blocks at a time")
  }
  offsets.reserveCapacity(offsets.count + more.count - 1)
  for offset in more.dropFirst() { offsets.append(start + offset) }
}
