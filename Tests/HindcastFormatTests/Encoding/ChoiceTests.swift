import Testing

@testable import HindcastFormat

/// That data gets the encoding that suits it, by what `summary` says of it.
struct ChoiceTests {
  private static func encoding(_ column: Column, _ effort: EncodeEffort = .compaction, _ codec: ByteCodec = .zstd)
    throws -> String
  {
    let bytes = encode(column, with: ColumnEncoder(effort: effort, codec: codec))
    return try bytes.withUnsafeBytes { try ColumnDecoder.describe($0, rowCount: column.rowCount) }
  }

  private static let rows = 5_000

  @Test("integers get the shape that suits them", arguments: [EncodeEffort.ingest, .compaction])
  func integers(effort: EncodeEffort) throws {
    var generator = SeededGenerator(seed: 1)
    func check(_ prefix: String, _ value: (Int) -> Int64) throws {
      let text = try Self.encoding(feature("x", .int64, .int64((0..<Self.rows).map(value))), effort)
      #expect(text.hasPrefix(prefix), "\(text)")
    }
    try check("constant") { _ in 7 }
    try check("delta > constant") { Int64($0) * 1_000_000 }
    try check("runs(") { Int64($0 / 100 * 7_919 % 101) }
    try check("bit_packed(7) > raw") { _ in Int64.random(in: 0..<128, using: &generator) }
    try check("byte_planes(") { _ in Int64(generator.next() & generator.next() & generator.next() & 0xFFFF) }
    try check("tokens(") { _ in (0..<8).reduce(0) { sum, _ in sum + Int64(generator.next() >> 51) } }
    try check("tokens(log ") { _ in Int64(generator.next() >> (34 + generator.next() & 15)) }
    let entries = (0..<30).map { _ in Int64(bitPattern: generator.next()) }
    try check("dictionary(") { _ in entries.randomElement(using: &generator)! }
    try check("multiples > ") { _ in Int64.random(in: 0..<1_000_000, using: &generator) * 1_000_000 }
    try check("tokens(0)") { _ in generator.chance(0.1) ? 1 : 0 }
  }

  /// Integers that come in every order there is.
  private static func columnsForCompressors(_ generator: inout SeededGenerator) -> [(String, [Int64])] {
    func noise(_ count: Int, _ bits: UInt64) -> [Int64] {
      (0..<count).map { _ in Int64(bitPattern: generator.next() >> (64 - bits)) }
    }
    let rows = 8_192
    var columns: [(String, [Int64])] = []
    for bits in [UInt64(8), 12, 20, 40, 64] {
      columns.append(("noise of \(bits) bits", noise(rows, bits)))
      for period in [2, 7, 100, 999, 3_000] {
        let once = noise(period, bits)
        columns.append(("\(bits) bits again after \(period)", (0..<rows).map { once[$0 % period] }))
        // Stretches of it from anywhere, so that no period is left.
        var pieces: [Int64] = []
        while pieces.count < rows {
          let start = Int.random(in: 0..<period, using: &generator)
          pieces += once[start..<min(period, start + 50)]
        }
        columns.append(("\(bits) bits in pieces of \(period)", Array(pieces[..<rows])))
      }
      columns.append(("\(bits) bits, each twice", noise(rows / 2, bits).flatMap { [$0, $0] }))
      columns.append(("\(bits) bits, ascending", noise(rows, bits).sorted()))
    }
    return columns
  }

  @Test(
    "no column of integers takes much more than zstd alone makes of it, whatever order it has",
    arguments: [EncodeEffort.ingest, .compaction])
  func neverFarFromZstd(effort: EncodeEffort) throws {
    var generator = SeededGenerator(seed: 5)
    for (name, values) in Self.columnsForCompressors(&generator) {
      let encoded = encode(feature("x", .int64, .int64(values)), with: ColumnEncoder(effort: effort, codec: .zstd))
      let alone = values.withUnsafeBytes { ByteCompressor().compress($0, codec: .zstd, level: 1) }
      // A fifth, and the tables of a short column.
      #expect(encoded.count <= alone.count + alone.count / 5 + 256, "\(name): \(encoded.count) of \(alone.count)")
    }
  }

  @Test("floats get the form that is exact and small")
  func floats() throws {
    var generator = SeededGenerator(seed: 2)
    func check(_ prefix: String, _ value: (Int) -> Double) throws {
      let text = try Self.encoding(feature("x", .float64, .float64((0..<Self.rows).map(value))))
      #expect(text.hasPrefix(prefix), "\(text)")
    }
    try check("decimal(2)") { _ in Double(Int.random(in: 0...1_000_000, using: &generator)) / 100 }
    try check("decimal(0)") { Double($0) }
    try check("decimal(2)") { $0 % 100 == 3 ? .nan : Double($0) / 100 }
    try check("float32") { _ in Double(Float.random(in: 0...1, using: &generator)) }
    try check("ordered64") { _ in Double.random(in: 0...1, using: &generator) }
  }

  @Test("strings become integers, uuids, a dictionary or text")
  func strings() throws {
    var generator = SeededGenerator(seed: 3)
    func check(_ prefix: String, _ value: (Int) -> String) throws {
      let text = try Self.encoding(feature("x", .string, .strings(ByteStrings((0..<Self.rows).map(value)))))
      #expect(text.hasPrefix(prefix), "\(text)")
    }
    try check("text_integers > delta") { String($0 + 100) }
    try check("text_uuids > uuid > raw") { _ in
      UUIDText.format((0..<16).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
    }
    try check("text_dictionary(") { "merchant-\($0 % 50)" }
    try check("text_dictionary(") { "0\($0 % 50)" }
    try check("text(") { _ in String(generator.next(), radix: 36) }
  }

  @Test("with zlib chosen no step needs zstd", arguments: [EncodeEffort.ingest, .compaction])
  func zlibAlone(effort: EncodeEffort) throws {
    var random = RandomColumns(seed: 4)
    let block = random.block(rowCount: 3_000)
    let summary = try BlockDecoder.summary(try BlockEncoder(effort: effort, codec: .zlib).encode(block).bytes)
    #expect(!summary.columns.contains { $0.encoding.contains("zstd") })
    #expect(summary.columns.contains { $0.encoding.contains("zlib") })
  }

  @Test("the same blocks in the same order give the same bytes")
  func deterministic() throws {
    var random = RandomColumns(seed: 6)
    let blocks = (0..<5).map { _ in random.block(rowCount: 700) }
    for effort in [EncodeEffort.ingest, .compaction] {
      let (one, other) = (BlockEncoder(effort: effort), BlockEncoder(effort: effort))
      for block in blocks { #expect(try one.encode(block).bytes == other.encode(block).bytes) }
    }
  }

  @Test("a remembered choice that no longer fits is made anew, and the values are right all the same")
  func changingData() throws {
    let encoder = BlockEncoder(effort: .ingest)
    var generator = SeededGenerator(seed: 8)
    for round in 0..<80 {
      let kind = round % 8
      let doubles = (0..<300).map { row -> Double in
        switch kind {
        case 0: 1
        case 1: Double(row) / 100
        case 2: Double(Float(row) / 3)
        case 3: Double(row) / 7
        case 4: Double(bitPattern: generator.next() & 0x7FEF_FFFF_FFFF_FFFF)
        case 5: Double(row % 2)
        case 6: Double(row / 50)
        default: Double(row) * 60_000_000
        }
      }
      let strings = ByteStrings(
        (0..<300).map { row in
          switch kind {
          case 0, 1: "\(row)"
          case 2, 3: "x\(row % 3)"
          default: String(generator.next(), radix: 16)
          }
        })
      let block = predictions(
        300, [feature("d", .float64, .float64(doubles)), feature("s", .string, .strings(strings))])
      #expect(sameBits(try BlockDecoder.decode(try encoder.encode(block).bytes), block), "round \(round)")
    }
  }
}
