internal import HindcastFormat

/// The plain lists of one column, as a generated stub fills them: protobuf-c's unpacker, and the checks behind it.
///
/// An input is type, dimension, row count (2 bytes, of which 12 bits count) and choices, then fields 5 to 12 of a Column message.
struct PlainTarget: FuzzTarget {
  let name = "plain"
  let inputBytesMax = 2_048
  let mutation: FuzzMutation? = MessageMutation.ofMessage(behind: 5)

  func run(_ input: [UInt8]) throws(Violation) {
    var input = FuzzInput(input)
    let type = 1 + input.byte() % UInt8(ColumnType.allCases.count)
    let dimension = Int(input.byte())
    let rowCount = 1 + input.word() & 0xFFF
    let choices = input.byte()
    let bytes = SampleBlocks.around(
      input.rest(), type: type, dimension: type == ColumnType.vector.rawValue ? dimension : 0, rowCount: rowCount)
    guard let block = BlockProperties.decode(bytes) else { return }
    try BlockProperties.check(block, of: bytes)
    try BlockProperties.checkRoundTrip(
      block, effort: choices & 1 == 0 ? .ingest : .compaction, codec: choices & 2 == 0 ? .zlib : .zstd)
  }

  func seeds() throws -> [FuzzSeed] {
    try SampleColumns.all.filter { $0.rowCount == SampleColumns.rowCount }.map { column in
      let block = Block(stream: SampleBlocks.bare, rowCount: column.rowCount, columns: [column])
      let message = WireFields.bytes(of: 6, in: try PlainBlock.pack(block))[0]
      // Behind name, role, type and dimension, which `run` writes.
      var head = WireFields.field(1, column.name.utf8).count + 4
      if column.schema.dimension > 0 { head += 2 }
      let rows = column.rowCount - 1
      return FuzzSeed(
        column.name,
        [column.schema.type.rawValue - 1, UInt8(column.schema.dimension), UInt8(rows & 255), UInt8(rows >> 8), 0]
          + message.dropFirst(head))
    }
  }
}
