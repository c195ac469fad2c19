import Testing

@testable import HindcastFormat

@Suite struct ValueClassesTests {
  @Test("NaNs of arithmetic are those that FORMAT.md says, on every machine")
  func nans() {
    let quiet = Double(bitPattern: 0x7ff8_0000_0000_0007)
    let signaling = Double(bitPattern: 0xfff0_0000_0000_0009)
    let cases: [(ColumnRelation.Arithmetic, Double, Double, UInt64)] = [
      (.sum, quiet, signaling, 0x7ff8_0000_0000_0007), (.sum, signaling, quiet, 0xfff8_0000_0000_0009),
      (.product, 1, signaling, 0xfff8_0000_0000_0009), (.difference, .infinity, .infinity, 0xfff8_0000_0000_0000),
      (.quotient, 0, 0, 0xfff8_0000_0000_0000), (.product, 0, -.infinity, 0xfff8_0000_0000_0000),
      (.quotient, 1, 0, 0x7ff0_0000_0000_0000),
    ]
    for (operation, one, other, bits) in cases {
      #expect(operation(one, other).bitPattern == bits, "\(operation) of \(one) and \(other)")
    }
  }

  @Test("values that collide in the hash table have the classes that they have in any other")
  func collisions() throws {
    // The inverse of the table's factor modulo 2^64, by Newton's method: its multiples all begin with the same bits.
    var inverse: UInt64 = 1
    for _ in 0..<6 { inverse = inverse &* (2 &- 0x9E37_79B9_7F4A_7C15 &* inverse) }
    let words = (0..<1_200).map { UInt64($0 * 7 % 500) &* inverse }
    let classes = try #require(ValueClasses(.int64(words.map { Int64(bitPattern: $0) })))
    #expect(classes.codes == Self.numbered(words))
    #expect(classes.count == 500)
    #expect(ValueClasses(.int64((0..<1_200).map { Int64(bitPattern: UInt64($0 % 700) &* inverse) })) == nil)

    // Such a source is as good as any other one, for who writes and for who reads.
    let source = Column(
      ColumnSchema("source", role: .feature, type: .int64), .int64(words.map { Int64(bitPattern: $0) }))
    let target = feature("target", .float64, .float64(words.map { 1 / Double($0 % 499 + 1) }))
    let encoder = ColumnEncoder(effort: .compaction, codec: .zlib)
    let encoded = try #require(encoder.encode(target, as: .mapped, of: [source]))
    var budget = DecodeBudget()
    let decoded = try encoded.withUnsafeBytes {
      try ColumnDecoder.decode(
        $0, schema: target.schema, rowCount: words.count, budget: &budget, compressor: ByteCompressor(),
        sources: [source])
    }
    #expect(decoded == target)
  }

  private static func numbered(_ words: [UInt64]) -> [Int64] {
    var seen: [UInt64: Int64] = [:]
    return words.map { word in
      let code = seen[word] ?? Int64(seen.count)
      seen[word] = code
      return code
    }
  }
}
