import Testing

@testable import FuzzTargets
@testable import HindcastFormat

/// The decoder is held to one that is slow, simple and written from `proto/FORMAT.md`. Here on what encoders write; the
/// fuzzers' target `column` does the same with bytes that nobody wrote.
@Suite struct ReferenceTests {
  @Test("the reference decoder reads every column as it was", arguments: 0..<8 as Range<UInt64>)
  func randomColumns(seed: UInt64) throws {
    var random = RandomColumns(seed: 300 + seed)
    var codes: Set<UInt8> = []
    for round in 0..<6 {
      let block = random.block(rowCount: [1, 2, 7, 64, 300, 700][round])
      for effort in [EncodeEffort.ingest, .compaction] {
        let codec = round.isMultiple(of: 2) ? ByteCodec.zstd : .zlib
        for column in block.columns {
          let encoded = Self.encoded(column, effort, codec)
          let reference = try ReferenceDecoder.column(encoded, column.schema, rowCount: block.rowCount)
          #expect(
            BlockProperties.sameBits([reference], [column]),
            "seed \(seed), \(block.rowCount) rows, \(column.schema.qualifiedName)")
          codes.insert(try Self.root(encoded))
        }
      }
    }
    #expect(codes.count > 12, "steps at the root: \(codes.sorted())")
  }

  @Test("the reference decoder refuses what is cut short, and what is behind the end")
  func refusals() throws {
    let column = Column(ColumnSchema("x", role: .feature, type: .int64), .int64([10, 11, 12, 17]))
    let encoded: [UInt8] = [0x04, 0x03, 0x21, 0x03, 0x10, 0x14, 0x88, 0x0e]
    #expect(try ReferenceDecoder.column(encoded, column.schema, rowCount: 4) == column)
    for bytes in (0..<encoded.count).map({ Array(encoded[..<$0]) }) + [encoded + [0]] {
      #expect(throws: ReferenceRefusal.self, "\(bytes)") {
        try ReferenceDecoder.column(bytes, column.schema, rowCount: 4)
      }
    }
  }

  private static func encoded(_ column: Column, _ effort: EncodeEffort, _ codec: ByteCodec) -> [UInt8] {
    HindcastFormatTests.encode(column, with: ColumnEncoder(effort: effort, codec: codec))
  }

  /// The code of the first step.
  private static func root(_ encoded: [UInt8]) throws -> UInt8 {
    var bytes = ReferenceBytes(encoded)
    _ = try bytes.varint()
    _ = try bytes.varint()
    return try bytes.byte()
  }
}
