import Testing

@testable import HindcastFormat

/// Holds code and `proto/FORMAT.md` to bytes that were written once.
struct GoldenTests {
  private static let names = [
    "block-plain", "block-zlib", "block-zstd", "block-large", "block-tokens", "block-related", "block-zones",
  ]

  private static func make(_ name: String) throws -> [UInt8] {
    let small = predictions(
      40,
      HostileBytesTests.columns().enumerated().map { index, column in
        var column = column
        column.schema.name += "\(index)"
        return column
      })
    switch name {
    case "block-plain": return try PlainBlock.pack(small)
    case "block-zlib": return try BlockEncoder(effort: .compaction, codec: .zlib).encode(small).bytes
    case "block-zstd": return try BlockEncoder(effort: .compaction, codec: .zstd).encode(small).bytes
    case "block-tokens": return try BlockEncoder(effort: .ingest, codec: .zlib).encode(skewed).bytes
    case "block-related":
      return try BlockEncoder(effort: .compaction, codec: .zlib).encode(RelationTests.block(rows: 1_024, seed: 5)).bytes
    case "block-zones":
      return try BlockEncoder(effort: .compaction, codec: .zlib).encode(RelationTests.block(rows: 16, seed: 6)).bytes
    default: return try BlockEncoder(effort: .compaction, codec: .zstd).encode(large).bytes
    }
  }

  /// Enough rows for the steps that only pay for many values.
  private static var large: Block {
    let rows = 600
    var generator = SeededGenerator(seed: 12)
    let entries = (0..<12).map { _ in Int64(bitPattern: generator.next()) }
    func rare() -> Int64 { Int64(generator.next() & generator.next() & generator.next() & generator.next() & 0xFFF) }
    return predictions(
      rows,
      [
        feature("planes", .int64, .int64((0..<rows).map { _ in rare() })),
        feature("top plane the same", .int64, .int64((0..<rows).map { Int64($0 % 3 * 5 + 7) << 16 | Int64($0 % 250) })),
        feature("dictionary", .int64, .int64((0..<rows).map { _ in entries.randomElement(using: &generator)! })),
        feature("runs", .int64, .int64((0..<rows).map { Int64($0 / 100 * 37 % 11) })),
        feature("float32", .float64, .float64((0..<rows).map { Double(Float($0) / 3) })),
        feature("text", .string, .strings(ByteStrings((0..<rows).map { "event number \($0) of many" }))),
        feature(
          "uuid text", .string,
          .strings(
            ByteStrings((0..<rows).map { row in UUIDText.format((0..<16).map { UInt8(($0 * 31 + row * 7) & 255) }) }))),
        feature("nothing", .bytes, .strings(ByteStrings((0..<rows).map { _ in "" }))),
        feature("same", .bytes, .strings(ByteStrings((0..<rows).map { String(repeating: "z", count: 20 + $0 % 31) }))),
      ])
  }

  /// Values that tokens suit: of both kinds, with escapes and without.
  private static var skewed: Block {
    let rows = 800
    var generator = SeededGenerator(seed: 14)
    func few() -> Int64 { Int64((generator.next() | 1 << 20).trailingZeroBitCount) }
    func bell() -> Int64 { (0..<8).reduce(Int64(-1_000_000)) { sum, _ in sum + Int64(generator.next() >> 48) } }
    func decaying() -> Int64 { Int64(generator.next() >> (44 + generator.next() & 15)) }
    return predictions(
      rows,
      [
        feature("few", .int64, .int64((0..<rows).map { _ in few() })),
        feature("bell", .int64, .int64((0..<rows).map { _ in bell() })),
        feature("decaying", .int64, .int64((0..<rows).map { _ in decaying() })),
        feature("escapes", .int64, .int64((0..<rows).map { $0 % 300 == 299 ? Int64.min + Int64($0) : few() })),
      ])
  }

  @Test("golden blocks decode to what their JSON says", arguments: names)
  func blocks(name: String) throws {
    if GoldenFile.isWriting {
      let bytes = try Self.make(name)
      try GoldenFile.write(name, bytes: bytes)
      try GoldenFile.write(name + ".json", text: BlockJSON.text(try BlockDecoder.decode(bytes)))
    }
    let block = try BlockDecoder.decode(try GoldenFile.bytes(name))
    #expect(BlockJSON.text(block) == (try GoldenFile.text(name + ".json")))
  }

  @Test("plain blocks are packed to their golden bytes")
  func plainBytes() throws {
    #expect(try Self.make("block-plain") == (try GoldenFile.bytes("block-plain")))
  }

  @Test("the golden blocks use every step there is")
  func everyStep() throws {
    var words: Set<String> = []
    for name in Self.names {
      for column in try BlockDecoder.summary(try GoldenFile.bytes(name)).columns {
        let parts = column.encoding.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" })
        words.formUnion(parts.map(String.init))
      }
    }
    let missing = EncodingStep.allCases.map(\.word).filter { !words.contains($0) }
    #expect(missing.isEmpty)
  }

  @Test("a frame header is its golden bytes, both ways")
  func frameHeader() throws {
    if GoldenFile.isWriting { try GoldenFile.write("frame-header", bytes: FrameHeaderTests.bytes) }
    let golden = try GoldenFile.bytes("frame-header")
    #expect(FrameHeaderTests.bytes == golden)
    #expect(try golden.withUnsafeBytes { try FrameHeader(parsing: $0) } == FrameHeaderTests.header)
  }
}
