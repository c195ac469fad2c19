/// Reads the bytes of `hindcast.v1.Block`, whatever mix of plain and encoded columns they hold. Safe for any bytes.
package enum BlockDecoder {
  /// The chosen columns, decoded. Bytes of other columns are not touched.
  package static func decode(_ bytes: [UInt8], choice: ColumnChoice = .all) throws(FormatError) -> Block {
    fatalError("being written")
  }

  /// What stands before the columns, and their schemas, without decoding values.
  package static func summary(_ bytes: [UInt8]) throws(FormatError) -> BlockSummary { fatalError("being written") }
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
