/// One column of joined blocks: what each block has of it, put into arrays that are made once, in full size.
struct ColumnJoin {
  let schema: ColumnSchema
  /// For each block its column of this schema, or nil: nulls.
  var columns: [Column?]

  init(_ schema: ColumnSchema, blockCount: Int) {
    self.schema = schema
    columns = Array(repeating: nil, count: blockCount)
  }

  /// Throws `overLimit` when strings or list elements pass what 32-bit offsets reach.
  func column(rowCounts: [Int]) throws(FormatError) -> Column {
    Column(schema, try values(rowCounts), validity: validity(rowCounts))
  }

  private func validity(_ rowCounts: [Int]) -> Bitmap? {
    guard columns.contains(where: { $0 == nil || $0?.validity != nil }) else { return nil }
    var validity = Bitmap()
    for (column, rowCount) in zip(columns, rowCounts) {
      if let bits = column?.validity {
        validity.append(contentsOf: bits)
      } else {
        validity.append(repeating: column != nil, count: rowCount)
      }
    }
    return validity
  }

  private func values(_ rowCounts: [Int]) throws(FormatError) -> ColumnValues {
    switch schema.type {
    case .bool: .bool(fixed(rowCounts, 0) { if case .bool(let values) = $0 { values } else { nil } })
    case .int64, .timestamp: .int64(fixed(rowCounts, 0) { if case .int64(let values) = $0 { values } else { nil } })
    case .float32, .vector:
      .float32(
        fixed(rowCounts, 0, width: max(schema.dimension, 1)) {
          if case .float32(let values) = $0 { values } else { nil }
        })
    case .float64: .float64(fixed(rowCounts, 0) { if case .float64(let values) = $0 { values } else { nil } })
    case .uuid: .uuid(fixed(rowCounts, 0, width: 16) { if case .uuid(let values) = $0 { values } else { nil } })
    case .string, .bytes:
      .strings(try strings(rowCounts) { if case .strings(let values) = $0 { values } else { nil } })
    case .stringList:
      .stringList(
        offsets: try offsets(rowCounts) { if case .stringList(let offsets, _) = $0 { offsets } else { nil } },
        elements: try elements())
    case .doubleList:
      .doubleList(
        offsets: try offsets(rowCounts) { if case .doubleList(let offsets, _) = $0 { offsets } else { nil } },
        elements: columns.flatMap { column -> [Double] in
          if case .doubleList(_, let elements) = column?.values { elements } else { [] }
        })
    }
  }

  /// Values of a fixed width, zero where a block has none.
  private func fixed<T: BitwiseCopyable>(
    _ rowCounts: [Int], _ zero: T, width: Int = 1, _ part: (ColumnValues) -> [T]?
  ) -> [T] {
    var joined: [T] = []
    joined.reserveCapacity(rowCounts.reduce(0, +) * width)
    for (column, rowCount) in zip(columns, rowCounts) {
      if let values = column.flatMap({ part($0.values) }) {
        joined.append(contentsOf: values)
      } else {
        joined.append(contentsOf: repeatElement(zero, count: rowCount * width))
      }
    }
    return joined
  }

  private func strings(
    _ rowCounts: [Int], _ part: (ColumnValues) -> ByteStrings?
  ) throws(FormatError) -> ByteStrings {
    let offsets = try offsets(rowCounts) { part($0)?.offsets }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(offsets[offsets.count - 1]))
    for column in columns {
      if let strings = column.flatMap({ part($0.values) }) { bytes.append(contentsOf: strings.bytes) }
    }
    return ByteStrings(offsets: offsets, bytes: bytes)
  }

  private func elements() throws(FormatError) -> ByteStrings {
    let elements = columns.compactMap { column -> ByteStrings? in
      if case .stringList(_, let elements) = column?.values { elements } else { nil }
    }
    let flat = ColumnSchema(schema.name, role: schema.role, type: .string)
    var join = ColumnJoin(flat, blockCount: elements.count)
    for (index, strings) in elements.enumerated() { join.columns[index] = Column(flat, .strings(strings)) }
    return try join.strings(elements.map(\.count)) { if case .strings(let values) = $0 { values } else { nil } }
  }

  private func offsets(
    _ rowCounts: [Int], _ part: (ColumnValues) -> [UInt32]?
  ) throws(FormatError) -> [UInt32] {
    var joined: [UInt32] = [0]
    joined.reserveCapacity(rowCounts.reduce(1, +))
    var end: UInt32 = 0
    for (column, rowCount) in zip(columns, rowCounts) {
      guard let offsets = column.flatMap({ part($0.values) }) else {
        joined.append(contentsOf: repeatElement(end, count: rowCount))
        continue
      }
      let start = end
      let (sum, overflow) = start.addingReportingOverflow(offsets[offsets.count - 1])
      guard !overflow else {
        throw FormatError(.overLimit, "joined strings or lists pass 4 GiB; join fewer blocks at a time")
      }
      end = sum
      for index in 1..<offsets.count { joined.append(start + offsets[index]) }
    }
    return joined
  }
}
