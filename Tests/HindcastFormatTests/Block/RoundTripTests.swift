import Testing

@testable import HindcastFormat

struct RoundTripTests {
  @Test(
    "a block of every type decodes to what was encoded, nulls and odd floats included",
    arguments: [EncodeEffort.ingest, .compaction], [ByteCodec.zlib, .zstd])
  func everyType(effort: EncodeEffort, codec: ByteCodec) throws {
    for rowCount in [1, 2, 9, 64, 65, 300] {
      for seed in UInt64(0)..<3 {
        var random = RandomColumns(seed: seed)
        let encoder = BlockEncoder(effort: effort, codec: codec)
        for _ in 0..<2 {
          let block = random.block(rowCount: rowCount)
          let encoded = try encoder.encode(block)
          let decoded = try BlockDecoder.decode(encoded.bytes)
          for (one, other) in zip(block.columns, decoded.columns) {
            #expect(sameBits(one, other), "seed \(seed), \(rowCount) rows, column \(one.schema.qualifiedName)")
          }
          #expect(sameBits(block, decoded))
          #expect(encoded.payloadHash == Checksum.xxh3(encoded.bytes))
        }
      }
    }
  }

  @Test("a plain block decodes to what was packed", arguments: [1, 8, 65, 300])
  func plain(rowCount: Int) throws {
    for seed in UInt64(100)..<106 {
      var random = RandomColumns(seed: seed)
      let block = random.block(rowCount: rowCount)
      #expect(sameBits(try BlockDecoder.decode(try PlainBlock.pack(block)), block), "seed \(seed)")
    }
  }

  @Test("a summary names every column's schema and steps without decoding values")
  func summary() throws {
    var random = RandomColumns(seed: 5)
    let block = random.block(rowCount: 100)
    let summary = try BlockDecoder.summary(try BlockEncoder(effort: .compaction).encode(block).bytes)
    #expect(summary.stream == block.stream)
    #expect(summary.rowCount == 100)
    #expect(summary.columns.map(\.schema) == block.columns.map(\.schema))
    #expect(summary.columns.allSatisfy { $0.isEncoded && !$0.encoding.isEmpty })
    let plain = try BlockDecoder.summary(try PlainBlock.pack(block))
    #expect(plain.columns.allSatisfy { !$0.isEncoded && $0.encoding == "plain" })
  }
}
