/// What stands at the end of a Parquet file, and how it is laid out in Thrift (`FileMetaData` of `parquet.thrift`).
struct ParquetFooter {
  struct RowGroup {
    var chunks: [ParquetColumnChunk]
    var rowCount: Int
    /// Of its first page.
    var offset: Int
  }

  var columns: [ParquetColumn]
  var rowGroups: [RowGroup] = []

  /// In the form `APPLICATION version X (build Y)`, which readers take apart to know a writer's defects.
  static let createdBy = "hindcast version 1 (build 1)"

  var rowCount: Int { rowGroups.reduce(0) { $0 + $1.rowCount } }

  var bytes: [UInt8] {
    ThriftCompactWriter.structure { file in
      file.int32(1, 1)
      file.parquetSchema(2, columns)
      file.int64(3, Int64(rowCount))
      file.structureList(4, Array(rowGroups.enumerated())) { $0.rowGroup($1.element, ordinal: $1.offset) }
      file.binary(6, Self.createdBy.utf8)
      // Every column: min_value and max_value are in the order that its type defines.
      file.structureList(7, columns) { order, _ in order.structure(1) { _ in } }
    }
  }
}

extension ThriftCompactWriter {
  fileprivate mutating func rowGroup(_ group: ParquetFooter.RowGroup, ordinal: Int) {
    structureList(1, group.chunks) { writer, chunk in
      writer.int64(2, 0)  // file_offset: required by the schema, deprecated, 0 by recommendation
      writer.structure(3) { $0.columnMetaData(chunk) }
    }
    int64(2, Int64(group.chunks.reduce(0) { $0 + $1.uncompressedByteCount }))
    int64(3, Int64(group.rowCount))
    int64(5, Int64(group.offset))
    int64(6, Int64(group.chunks.reduce(0) { $0 + $1.compressedByteCount }))
    if let ordinal = Int16(exactly: ordinal) { int16(7, ordinal) }
  }

  private mutating func columnMetaData(_ chunk: ParquetColumnChunk) {
    int32(1, chunk.column.type.physical)
    int32List(2, chunk.encodings)
    binaryList(3, chunk.column.path)
    int32(4, ParquetCode.zstd)
    int64(5, Int64(chunk.valueCount))
    int64(6, Int64(chunk.uncompressedByteCount))
    int64(7, Int64(chunk.compressedByteCount))
    int64(9, Int64(chunk.dataPageOffset))
    if let offset = chunk.dictionaryPageOffset { int64(11, Int64(offset)) }
    // A list's leaf would have to count its elements; readers gain nothing from it.
    if !chunk.column.isList { structure(12) { $0.statistics(chunk) } }
  }

  private mutating func statistics(_ chunk: ParquetColumnChunk) {
    int64(3, Int64(chunk.statistics.nullCount))
    switch chunk.statistics.bounds {
    case .none, .unknown: break
    case .boolean(let low, let high): bounds([low ? 1 : 0], [high ? 1 : 0])
    case .int64(let low, let high): bounds(PlainEncoding.statistic(low), PlainEncoding.statistic(high))
    case .double(let low, let high):
      if chunk.column.type == .float {
        bounds(PlainEncoding.statistic(Float(low)), PlainEncoding.statistic(Float(high)))
      } else {
        bounds(PlainEncoding.statistic(low), PlainEncoding.statistic(high))
      }
    case .bytes(let low, let high):
      let isText = chunk.column.type == .string
      let lower = TruncatedBound.lower(low, isText: isText)
      let upper = TruncatedBound.upper(high, isText: isText)
      if let upper { binary(5, upper.bytes) }
      binary(6, lower.bytes)
      if let upper { boolean(7, upper.isExact) }
      boolean(8, lower.isExact)
    }
  }

  private mutating func bounds(_ low: [UInt8], _ high: [UInt8]) {
    binary(5, high)
    binary(6, low)
    boolean(7, true)
    boolean(8, true)
  }
}
