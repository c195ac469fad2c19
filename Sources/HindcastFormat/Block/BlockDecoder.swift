/// Reads the bytes of `hindcast.v1.Block`, whatever mix of plain and encoded columns they hold. Safe for any bytes.
package enum BlockDecoder {
  /// The chosen columns, decoded and checked. Bytes of other columns are not touched. A reader with little memory may give
  /// lower limits, and refuse blocks that take more.
  package static func decode(
    _ bytes: [UInt8], choice: ColumnChoice = .all, limits: DecodeLimits = .format
  ) throws(FormatError) -> Block {
    let result: Result<Block, FormatError> = bytes.withUnsafeBytes { bytes in
      Result { () throws(FormatError) in
        let parts = try BlockParts(bytes)
        var block = Block(stream: parts.stream, rowCount: parts.rowCount, columns: [])
        try visit(parts, choice, limits) { block.columns.append($0) }
        return block
      }
    }
    return try result.get()
  }

  /// What stands before the columns, and their schemas, without decoding values.
  package static func summary(_ bytes: [UInt8]) throws(FormatError) -> BlockSummary {
    let result: Result<BlockSummary, FormatError> = bytes.withUnsafeBytes { bytes in
      Result { () throws(FormatError) in try summary(bytes) }
    }
    return try result.get()
  }

  /// Decodes the chosen columns one after the other and hands each over. Who lets go of one before the next needs memory
  /// for one column instead of for the block. What `body` throws names the column.
  static func visit(
    _ parts: BlockParts, _ choice: ColumnChoice, _ limits: DecodeLimits,
    _ body: (Column) throws(FormatError) -> Void
  ) throws(FormatError) {
    let compressor = CompressorPool.take()
    defer { CompressorPool.putBack(compressor) }
    var columns = try RelatedColumns(parts, limits: limits, compressor: compressor)
    for (index, column) in parts.columns.enumerated() where choice.includes(column.schema) {
      let decoded = try columns.column(index)
      do throws(FormatError) { try body(decoded) } catch {
        throw FormatError(error.code, "column \(column.schema.qualifiedName): \(error.message)")
      }
    }
  }

  private static func summary(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> BlockSummary {
    let parts = try BlockParts(bytes)
    var columns: [BlockSummary.ColumnSummary] = []
    for column in parts.columns {
      let encoding =
        if let encoded = column.encoded { try ColumnDecoder.describe(encoded, rowCount: parts.rowCount) } else {
          "plain"
        }
      columns.append(
        BlockSummary.ColumnSummary(
          schema: column.schema, isEncoded: column.encoded != nil, encoding: encoding, byteCount: column.message.count,
          // Bad ones are as good as none: no value depends on them, and a block that decodes must have a summary.
          statistics: column.statistics.flatMap { try? ZoneStatistics(unpacking: $0) }))
    }
    return BlockSummary(stream: parts.stream, rowCount: parts.rowCount, columns: columns)
  }
}

/// A block's head: what it is filed under, and for each column its schema and how it is stored.
package struct BlockSummary: Sendable {
  package var stream: StreamKey
  package var rowCount: Int
  package var columns: [ColumnSummary]

  package struct ColumnSummary: Sendable {
    package var schema: ColumnSchema
    /// Whether the values are encoded steps; false: plain lists.
    package var isEncoded: Bool
    /// The steps from the values down to the bytes, for people: `decimal(2) > delta > zstd`. `plain` for plain columns.
    package var encoding: String
    /// Bytes this column takes in the block.
    package var byteCount: Int
    /// nil: there are none that can be read.
    package var statistics: ZoneStatistics?
  }
}
