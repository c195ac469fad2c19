import Testing

@testable import HindcastFormat

/// Whatever the bytes, decoding gives a block that keeps the rules, or throws; it never traps.
struct HostileBytesTests {
  static func block() -> Block {
    var random = RandomColumns(seed: 77)
    return random.block(rowCount: 9)
  }

  private static func survives(_ bytes: [UInt8]) throws {
    if let block = try? BlockDecoder.decode(bytes) { try BlockValidation.check(block) }
    _ = try? BlockDecoder.summary(bytes)
  }

  static func encodings() throws -> [[UInt8]] {
    let block = block()
    return [
      try BlockEncoder(effort: .ingest, codec: .zlib).encode(block).bytes,
      try BlockEncoder(effort: .compaction, codec: .zstd).encode(block).bytes,
      try PlainBlock.pack(block),
    ]
  }

  @Test("a block cut short anywhere throws or decodes to a valid block")
  func truncations() throws {
    for bytes in try Self.encodings() {
      for count in 0..<bytes.count { try Self.survives(Array(bytes.prefix(count))) }
    }
  }

  @Test("a block with any bit flipped throws or decodes to a valid block")
  func flippedBits() throws {
    for bytes in try Self.encodings() {
      var bytes = bytes
      for offset in bytes.indices {
        let bit = UInt8(1) << UInt8(offset % 8)
        bytes[offset] ^= bit
        try Self.survives(bytes)
        bytes[offset] ^= bit
      }
    }
  }

  /// Columns in which every step has its turn, each small enough for every bit to be flipped.
  static func columns() -> [Column] {
    let rows = 40
    var strings = ByteStrings()
    for row in 0..<rows { strings.append([UInt8(row & 3), 0xFF]) }
    let dense: [Column] = [
      feature("a", .bool, .bool((0..<rows).map { $0 % 3 == 0 ? 1 : 0 })),
      feature("b", .int64, .int64((0..<rows).map { Int64($0 / 10) << 40 })),
      feature("c", .int64, .int64((0..<rows).map { Int64($0 * $0) * 1_000 })),
      feature("d", .float64, .float64((0..<rows).map { $0 == 7 ? -0.0 : Double($0) / 100 })),
      feature("e", .float64, .float64((0..<rows).map { 1 / Double($0 + 1) })),
      feature("f", .float32, .float32((0..<rows).map { 1 / Float($0 + 1) })),
      feature("g", .string, .strings(ByteStrings((0..<rows).map { "v\($0 % 4)" }))),
      feature("h", .string, .strings(ByteStrings((0..<rows).map { "\($0)" }))),
      feature("i", .bytes, .strings(strings)),
      feature("j", .uuid, .uuid((0..<rows * 16).map { $0 % 16 == 6 ? 0x70 : UInt8($0 & 255) })),
      feature("k", .vector, .float32((0..<rows * 2).map { Float($0) }), dimension: 2),
      feature(
        "l", .stringList,
        .stringList(offsets: (0...rows).map { UInt32($0) }, elements: ByteStrings((0..<rows).map { "\($0 % 3)x" }))),
      feature(
        "m", .doubleList,
        .doubleList(offsets: (0...rows).map { UInt32($0 * 2) }, elements: (0..<rows * 2).map { Double($0) })),
    ]
    let gaps = Bitmap(bytes: [0xB7, 0xFF, 0x01, 0xFF, 0x7F] as [UInt8], count: rows)
    return dense
      + dense.map { column in
        Column(
          column.schema,
          column.values.packed(by: gaps, dimension: column.schema.dimension).spread(
            over: gaps, dimension: column.schema.dimension),
          validity: gaps)
      }
  }

  @Test("the encoded bytes of a column, cut short anywhere, throw")
  func columnTruncations() throws {
    let encoder = ColumnEncoder(effort: .compaction, codec: .zlib)
    for column in Self.columns() {
      let bytes = encode(column, with: encoder)
      #expect(sameBits(try decode(bytes, column), column))
      for count in 0..<bytes.count {
        let error = thrown { () throws(FormatError) in _ = try decode(Array(bytes.prefix(count)), column) }
        #expect(error != nil, "\(column.name) cut to \(count) of \(bytes.count) bytes")
      }
      #expect(throws: FormatError.self) { try decode(bytes + [0], column) }
    }
  }

  @Test("the encoded bytes of a column, with any bit flipped, throw or decode to values that keep the rules")
  func columnFlippedBits() throws {
    let encoder = ColumnEncoder(effort: .compaction, codec: .zlib)
    for column in Self.columns() {
      var bytes = encode(column, with: encoder)
      for offset in bytes.indices {
        for bit in 0..<8 {
          bytes[offset] ^= 1 << UInt8(bit)
          if let decoded = try? decode(bytes, column) { try BlockValidation.check(predictions(40, [decoded])) }
          bytes[offset] ^= 1 << UInt8(bit)
        }
      }
    }
  }

  @Test("random bytes as a column, of every type, throw or decode to values that keep the rules")
  func randomColumns() throws {
    var generator = SeededGenerator(seed: 31)
    let codes = EncodingStep.allCases.map(\.rawValue)
    let columns = Self.columns()
    for _ in 0..<30_000 {
      let column = columns.randomElement(using: &generator)!
      // A plausible head, so that decoding gets somewhere: rows, then a tree of steps that exist.
      var tree: [UInt8] = []
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        tree.append(codes.randomElement(using: &generator)!)
        if generator.chance(0.3) { tree.append(UInt8.random(in: 0...20, using: &generator)) }
      }
      let data = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
        generator.chance(0.5)
          ? UInt8.random(in: 0...3, using: &generator) : UInt8.random(in: 0...255, using: &generator)
      }
      let bytes = [40, UInt8(tree.count)] + tree + data
      if let decoded = try? decode(bytes, column) { try BlockValidation.check(predictions(40, [decoded])) }
    }
  }
}

func encode(_ column: Column, with encoder: ColumnEncoder) -> [UInt8] {
  var memory = ColumnMemory()
  encoder.encode(column, memory: &memory)
  return encoder.encoded
}

/// Decodes with the column's schema and row count.
@discardableResult
func decode(_ bytes: [UInt8], _ column: Column) throws(FormatError) -> Column {
  let result: Result<Column, FormatError> = bytes.withUnsafeBytes { bytes in
    Result { () throws(FormatError) in
      var budget = DecodeBudget()
      return try ColumnDecoder.decode(
        bytes, schema: column.schema, rowCount: column.rowCount, budget: &budget, compressor: ByteCompressor())
    }
  }
  return try result.get()
}
