internal import HindcastFormat

/// Blocks to begin with, and blocks around a single column.
enum SampleBlocks {
  static let stream = StreamKey(kind: .prediction, model: "fraud", version: "7", environment: .production)
  /// Of a kind that needs neither id nor time, so that one column is a whole block.
  static let bare = StreamKey(kind: .loss, model: "m", version: "", environment: .production)

  /// Predictions whose ids and times come from `first`, with these columns besides.
  static func predictions(_ rowCount: Int, first: Int = 0, columns: [Column] = []) -> Block {
    Block(
      stream: stream, rowCount: rowCount,
      columns: [
        Column(
          ColumnSchema(ColumnName.id, role: .id, type: .string),
          .strings(ByteStrings((first..<first + rowCount).map { "row-\($0)" }))),
        Column(
          ColumnSchema(ColumnName.time, role: .time, type: .timestamp),
          .int64((first..<first + rowCount).map { 1_541_000_000_000_000 + Int64($0) * 40_000_000_000 })),
      ] + columns)
  }

  /// A block's bytes in each form a writer has.
  static func forms(_ block: Block) throws -> [(name: String, bytes: [UInt8])] {
    [
      ("plain", try PlainBlock.pack(block)),
      ("zlib", try BlockEncoder(effort: .ingest, codec: .zlib).encode(block).bytes),
      ("zstd", try BlockEncoder(effort: .compaction, codec: .zstd).encode(block).bytes),
    ]
  }

  /// The bytes of a Block message around one Column message's fields: a valid head, and the column named "c".
  static func around(
    _ fields: [UInt8], type: UInt8, dimension: Int, rowCount: Int, role: ColumnRole = .feature
  ) -> [UInt8] {
    var column = WireFields.field(1, Array("c".utf8))
    column += WireFields.field(2, UInt64(role.rawValue)) + WireFields.field(3, UInt64(type))
    if dimension > 0 { column += WireFields.field(4, UInt64(dimension)) }
    var bytes = WireFields.field(1, UInt64(bare.kind.rawValue)) + WireFields.field(2, bare.model.utf8)
    bytes += WireFields.field(4, UInt64(bare.environment.rawValue)) + WireFields.field(5, UInt64(rowCount))
    return bytes + WireFields.field(6, column + fields)
  }
}
