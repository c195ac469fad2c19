internal import HindcastFormat

/// The encoded bytes of one column, whatever its type: the decoder's steps with nothing in front of them.
///
/// An input is type, dimension, row count (2 bytes, of which 12 bits count) and choices, then the length of the tree, the tree and the data of
/// `Column.encoded`. The row count before them is written here, since a wrong one ends everything at once.
struct ColumnTarget: FuzzTarget {
  let name = "column"
  let inputBytesMax = 1_024

  func run(_ input: [UInt8]) throws(Violation) {
    var input = FuzzInput(input)
    let type = 1 + input.byte() % UInt8(ColumnType.allCases.count)
    let dimension = type == ColumnType.vector.rawValue ? Self.dimension(input.byte()) : 0 * Int(input.byte())
    let rowCount = 1 + input.word() & 0xFFF
    let choices = input.byte()
    let encoded = WireFields.varint(UInt64(rowCount)) + input.rest()
    let bytes = SampleBlocks.around(
      WireFields.field(15, encoded), type: type, dimension: dimension, rowCount: rowCount)
    let decoded = Result { () throws(FormatError) in
      try BlockDecoder.decode(bytes, limits: DecodeLimits(valueBytesMax: BlockProperties.rawBytesMax))
    }
    try ReferenceProperty.check(decoded, encoded, rowCount: rowCount, type: type, dimension: dimension)
    guard case .success(let block) = decoded else { return }
    try BlockProperties.check(block, of: bytes)
    try require(
      block.rowCount == rowCount && block.columns.count == 1, "\(rowCount) rows became \(block.rowCount)")
    try BlockProperties.checkRoundTrip(
      block, effort: choices & 1 == 0 ? .ingest : .compaction, codec: choices & 2 == 0 ? .zlib : .zstd)
  }

  /// 1 to 200, and the largest.
  private static func dimension(_ byte: UInt8) -> Int {
    byte < 200 ? 1 + Int(byte) : Limits.vectorDimensionMax - Int(255 - byte)
  }

  func seeds() throws -> [FuzzSeed] {
    try SampleColumns.all.flatMap { column in
      let block = Block(stream: SampleBlocks.bare, rowCount: column.rowCount, columns: [column])
      return try [("zlib", EncodeEffort.ingest, ByteCodec.zlib, UInt8(3)), ("zstd", .compaction, .zstd, 0)].map {
        form, effort, codec, choices in
        let bytes = try BlockEncoder(effort: effort, codec: codec).encode(block).bytes
        let encoded = WireFields.bytes(of: 15, in: WireFields.bytes(of: 6, in: bytes)[0])[0]
        let rows = column.rowCount - 1
        let head: [UInt8] = [
          column.schema.type.rawValue - 1, UInt8(max(0, column.schema.dimension - 1)), UInt8(rows & 255),
          UInt8(rows >> 8), choices,
        ]
        return FuzzSeed(
          "\(column.name)-\(form)", head + encoded.dropFirst(WireFields.varint(UInt64(column.rowCount)).count))
      }
    }
  }
}
