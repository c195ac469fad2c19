import Testing

@testable import FuzzTargets
@testable import HindcastFormat

/// Columns that are computed from others of their block.
@Suite struct RelationTests {
  /// A block in which columns follow from each other as they do in practice, with a few that do not.
  static func block(rows: Int = 6_000, seed: UInt64 = 1) -> Block {
    var generator = SeededGenerator(seed: seed)
    func decimal(_ range: ClosedRange<Int>) -> Double { Double(Int.random(in: range, using: &generator)) / 100 }
    let currencies = ["USD", "EUR", "GBP", "JPY", "SEK"]
    let rates = [1, 1.09, 1.27, 0.0064, 0.094]
    let countries = (0..<40).map { "country-\($0)" }
    let country = (0..<rows).map { _ in Int.random(in: 0..<40, using: &generator) }
    let merchant = (0..<rows).map { _ in Int.random(in: 0..<500, using: &generator) }
    let amounts = (0..<rows).map { _ in decimal(1...500_000) }
    let averages = (0..<rows).map { _ in decimal(100...90_000) }
    let counts = (0..<rows).map { _ in Int64.random(in: 0...1 << 40, using: &generator) }
    var ratios = zip(amounts, averages).map { $0 / $1 }
    for row in stride(from: 7, to: rows, by: 601) { ratios[row] = .nan }
    let dollars = (0..<rows).map { row in
      (amounts[row] * rates[country[row] % 5] * 100).rounded(.toNearestOrEven) / 100
    }
    var validity = Bitmap()
    for _ in 0..<rows { validity.append(!generator.chance(0.1)) }
    let nearly = averages.enumerated().map { row, average in
      validity[row]
        ? ((average + Double(Int.random(in: -40...40, using: &generator)) / 100) * 100).rounded() / 100 : 0
    }
    return predictions(
      rows,
      [
        feature("amount", .float64, .float64(amounts)), feature("average", .float64, .float64(averages)),
        feature("ratio", .float64, .float64(ratios)), feature("dollars", .float64, .float64(dollars)),
        feature("country", .string, .strings(ByteStrings(country.map { countries[$0] }))),
        feature("currency", .string, .strings(ByteStrings(country.map { currencies[$0 % 5] }))),
        feature("merchant", .int64, .int64(merchant.map { Int64($0) * 7_919 })),
        feature("category", .string, .strings(ByteStrings(merchant.map { "category-\($0 * $0 % 23)" }))),
        feature("count", .int64, .int64(counts)),
        feature("later", .int64, .int64(counts.map { $0 + Int64.random(in: 0...9, using: &generator) })),
        Column(
          ColumnSchema("nearly", role: .feature, type: .float64), .float64(nearly), validity: validity),
      ])
  }

  private static func encodings(_ bytes: [UInt8]) throws -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: try BlockDecoder.summary(bytes).columns.map { ($0.schema.name, $0.encoding) })
  }

  /// What both decoders make of a column's bytes; nil: refused, by the fast one also for the memory that it would take.
  private static func decodings(
    _ bytes: [UInt8], _ schema: ColumnSchema, _ rowCount: Int, of block: Block
  ) throws -> (fast: Column?, reference: Column?) {
    let fast = try? bytes.withUnsafeBytes { bytes in
      let names = try ColumnDecoder.sources(of: bytes, rowCount: rowCount)?.names ?? []
      let sources = names.compactMap { name in block.columns.first { name.matches($0.schema) } }
      guard sources.count == names.count, sources.allSatisfy({ $0.validity == nil }) else {
        throw FormatError(.corrupt, "no such sources")
      }
      var budget = DecodeBudget()
      return try ColumnDecoder.decode(
        bytes, schema: schema, rowCount: rowCount, budget: &budget, compressor: ByteCompressor(), sources: sources)
    }
    let reference = try? ReferenceDecoder.column(bytes, schema, rowCount: rowCount, of: block.columns)
    return (fast, reference)
  }

  @Test(
    "the reference that was written from FORMAT.md computes the same, and refuses the same bytes", arguments: [1, 2])
  func agreesWithReference(seed: UInt64) throws {
    let block = Self.block(rows: 1_100, seed: seed)
    let bytes = try BlockEncoder(effort: .compaction).encode(block).bytes
    let columns = try bytes.withUnsafeBytes { bytes in
      try BlockParts(bytes).columns.map { ($0.schema, $0.encoded.map { [UInt8]($0) } ?? []) }
    }
    var generator = SeededGenerator(seed: 70 + seed)
    var (related, accepted, refused) = (0, 0, 0)
    for (schema, encoded) in columns where encoded.dropFirst(3).first == EncodingStep.related.rawValue {
      related += 1
      let (fast, reference) = try Self.decodings(encoded, schema, block.rowCount, of: block)
      #expect(BlockProperties.sameBits([try #require(fast)], [try #require(reference)]), "\(schema.name)")
      for _ in 0..<150 {
        var mutated = encoded
        // The head more often than the data.
        let reach = generator.chance(0.5) ? min(mutated.count, 40) : mutated.count
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          let place = Int.random(in: 0..<reach, using: &generator)
          mutated[place] =
            generator.chance(0.5)
            ? mutated[place] ^ 1 << UInt8.random(in: 0...7, using: &generator)
            : UInt8.random(in: 0...255, using: &generator)
        }
        let (fast, reference) = try Self.decodings(mutated, schema, block.rowCount, of: block)
        #expect((fast == nil) == (reference == nil), "\(schema.name): \(mutated.prefix(60))")
        if fast == nil { refused += 1 } else { accepted += 1 }
        guard let fast, let reference else { continue }
        #expect(BlockProperties.sameBits([fast], [reference]), "\(schema.name): \(mutated.prefix(60))")
      }
    }
    #expect(related >= 5 && accepted > 50 && refused > 50, "\(related), \(accepted), \(refused)")
  }

  @Test("compaction finds sums, quotients, factors by group, near columns and tables, and gives every value back")
  func found() throws {
    let block = Self.block()
    let compacted = try BlockEncoder(effort: .compaction).encode(block)
    let encodings = try Self.encodings(compacted.bytes)
    #expect(encodings["ratio"]?.hasPrefix("related > arithmetic(3)") == true, "\(encodings)")
    #expect(encodings["dollars"]?.hasPrefix("related > scaled(2)") == true, "\(encodings)")
    #expect(encodings["currency"]?.hasPrefix("related > mapped") == true, "\(encodings)")
    #expect(encodings["category"]?.hasPrefix("related > mapped") == true, "\(encodings)")
    #expect(encodings["nearly"]?.hasPrefix("related > nullable") == true, "\(encodings)")
    #expect(encodings.values.count { $0.hasPrefix("related > offset") } == 1, "\(encodings)")
    #expect(encodings["id"]?.contains("related") == false && encodings["time"]?.contains("related") == false)
    let decoded = try BlockDecoder.decode(compacted.bytes)
    // NaN is not equal to itself.
    #expect(decoded.columns.map(\.schema) == block.columns.map(\.schema))
    for (one, other) in zip(decoded.columns, block.columns) {
      if case .float64(let a) = one.values, case .float64(let b) = other.values {
        #expect(a.map(\.bitPattern) == b.map(\.bitPattern) && one.validity == other.validity, "\(one.name)")
      } else {
        #expect(one == other, "\(one.name)")
      }
    }
    let ingested = try BlockEncoder(effort: .ingest).encode(block)
    #expect(try Self.encodings(ingested.bytes).values.allSatisfy { !$0.contains("related") })
    // The quotient alone takes eight bytes by itself.
    #expect(compacted.bytes.count < ingested.bytes.count - 9 * block.rowCount)
  }

  @Test("the same block gives the same bytes, and with zlib alone the same values")
  func deterministic() throws {
    let block = Self.block(rows: 2_000, seed: 3)
    let once = try BlockEncoder(effort: .compaction).encode(block).bytes
    #expect(try BlockEncoder(effort: .compaction).encode(block).bytes == once)
    let other = try BlockDecoder.decode(try BlockEncoder(effort: .compaction, codec: .zlib).encode(block).bytes)
    #expect(other.column(.feature, "dollars") == block.column(.feature, "dollars"))
  }

  @Test(
    "a chosen column comes with those it is computed from, and is decoded alone",
    arguments: ["ratio", "dollars", "nearly"])
  func chosen(_ name: String) throws {
    let block = Self.block()
    let bytes = try BlockEncoder(effort: .compaction).encode(block).bytes
    let choice = ColumnChoice.named([name])
    for bytes in [bytes, try ColumnSelection.select(bytes, choice: choice)] {
      let decoded = try BlockDecoder.decode(bytes, choice: choice)
      #expect(decoded.columns.map(\.name) == ["id", "time", name])
      if name != "ratio" { #expect(decoded.columns[2] == block.column(.feature, name)) }
    }
    let selected = try BlockDecoder.summary(try ColumnSelection.select(bytes, choice: choice)).columns.count
    #expect(selected > 3 && selected < block.columns.count)
  }

  @Test("random blocks with columns of all types come back bit for bit", arguments: 1...6 as ClosedRange<UInt64>)
  func random(_ seed: UInt64) throws {
    var generator = RandomColumns(seed: seed)
    var block = generator.block(rowCount: 1_100)
    block.columns += Self.block(rows: 1_100, seed: seed).columns.filter {
      $0.schema.role == .feature && $0.name != "ratio"
    }
    // Copies, of which half the columns then follow.
    block.columns += block.columns.filter { $0.schema.role == .feature }.map { column in
      var copy = column
      copy.schema.name += "-copy"
      return copy
    }
    let encoded = try BlockEncoder(effort: .compaction).encode(block)
    let decoded = try BlockDecoder.decode(encoded.bytes)
    for (one, other) in zip(decoded.columns, block.columns) {
      #expect(
        BlockJSON.text(Block(stream: block.stream, rowCount: 1, columns: [one]))
          == BlockJSON.text(Block(stream: block.stream, rowCount: 1, columns: [other])))
    }
  }

  @Test("a client's block with such a column is refused")
  func received() throws {
    let bytes = try BlockEncoder(effort: .compaction).encode(Self.block(rows: 1_500)).bytes
    let error = thrown { () throws(FormatError) in _ = try ReceivedBlock(bytes, payloadHash: 0) }
    #expect(error?.code == .unsupported && error?.message.contains("computed from others") == true)
  }

  /// A block of columns of int64 by their encoded bytes.
  private func block(_ columns: [(name: String, encoded: [UInt8])], rows: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendBlockHead(
      StreamKey(kind: .attribution, model: "m", version: "", environment: .production), rowCount: rows)
    for column in columns {
      var message: [UInt8] = []
      message.appendColumnHead(ColumnSchema(column.name, role: .feature, type: .int64))
      message.appendField(ColumnField.encoded, bytes: column.encoded)
      bytes.appendField(BlockField.columns, bytes: message)
    }
    return bytes
  }

  private func offset(from name: String, _ distance: UInt8, rows: Int = 3) -> [UInt8] {
    StepTests.encoded(rows, [0x02, 0x63, 0x20], [1, 3, UInt8(name.utf8.count)] + Array(name.utf8) + [distance])
  }

  @Test("by hand: an offset of an offset; columns in a circle, without their source, and too many in a row are refused")
  func byHand() throws {
    let five = StepTests.encoded(3, [0x20], [10])
    let chain = try BlockDecoder.decode(
      block([("c", offset(from: "b", 4)), ("a", five), ("b", offset(from: "a", 2))], rows: 3))
    #expect(chain.columns.map(\.values) == [.int64([8, 8, 8]), .int64([5, 5, 5]), .int64([6, 6, 6])])
    func error(_ columns: [(name: String, encoded: [UInt8])]) -> FormatError? {
      thrown { () throws(FormatError) in _ = try BlockDecoder.decode(block(columns, rows: 3)) }
    }
    #expect(error([("a", offset(from: "b", 2)), ("b", offset(from: "a", 2))])?.code == .corrupt)
    #expect(error([("a", offset(from: "a", 2))])?.code == .corrupt)
    #expect(error([("a", offset(from: "gone", 2))])?.message.contains("feature:gone") == true)
    var long = [(name: "x0", encoded: five)]
    for number in 1...RelatedColumns.depthMax {
      long.append(("x\(number)", offset(from: "x\(number - 1)", 2)))
    }
    #expect(error(long) == nil)
    long.append(("y", offset(from: "x\(RelatedColumns.depthMax)", 2)))
    #expect(error(long)?.code == .corrupt)
  }

  @Test("no truncation and no flipped byte of such a block crashes, and each gives an error or values")
  func damaged() throws {
    let bytes = try BlockEncoder(effort: .compaction).encode(Self.block(rows: 1_024, seed: 9)).bytes
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<300 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        damaged[Int.random(in: 0..<damaged.count, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
      }
      if generator.chance(0.2) { damaged.removeLast(Int.random(in: 1..<damaged.count, using: &generator)) }
      _ = thrown { () throws(FormatError) in _ = try BlockDecoder.decode(damaged) }
    }
  }
}
