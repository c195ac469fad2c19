/// Reads the bytes of `hindcast.v1.Block`, whatever mix of plain and encoded columns they hold. Safe for any bytes.
package enum BlockDecoder {
  /// The chosen columns, decoded and checked. Bytes of other columns are not touched. A reader with little memory may
  /// lower `rawBytesMax`, and refuse blocks whose values take more.
  package static func decode(
    _ bytes: [UInt8], choice: ColumnChoice = .all, rawBytesMax: Int = Limits.blockRawBytesMax
  ) throws(FormatError) -> Block {
    let result: Result<Block, FormatError> = bytes.withUnsafeBytes { bytes in
      Result { () throws(FormatError) in try decode(bytes, choice, rawBytesMax) }
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

  private static func decode(
    _ bytes: UnsafeRawBufferPointer, _ choice: ColumnChoice, _ rawBytesMax: Int
  ) throws(FormatError) -> Block {
    let parts = try BlockParts(bytes)
    let compressor = CompressorPool.take()
    defer { CompressorPool.putBack(compressor) }
    var budget = DecodeBudget(rawBytesMax: rawBytesMax)
    var block = Block(stream: parts.stream, rowCount: parts.rowCount, columns: [])
    for column in parts.columns where choice.includes(column.schema) {
      do throws(FormatError) {
        let decoded =
          if let encoded = column.encoded {
            try ColumnDecoder.decode(
              encoded, schema: column.schema, rowCount: parts.rowCount, budget: &budget, compressor: compressor)
          } else {
            try PlainColumn.unpack(column, rowCount: parts.rowCount, budget: &budget)
          }
        try BlockValidation.checkNulls(decoded)
        try budget.keep(decoded)
        block.columns.append(decoded)
      } catch {
        throw FormatError(error.code, "column \(column.schema.qualifiedName): \(error.message)")
      }
    }
    return block
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
          schema: column.schema, isEncoded: column.encoded != nil, encoding: encoding, byteCount: column.message.count))
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
  }
}
