import Testing

@testable import FuzzTargets
@testable import HindcastFormat

/// The `tokens` step: what is written comes back, by the decoder and by the reference that was written from FORMAT.md, and
/// no bytes make the decoder do anything but throw or give values.
struct TokensTests {
  static let kinds: [TokenKind] =
    [0, 1, 3, 7, 8, 11, 31, 47, 48, 55, 56].map { .top(shift: $0) } + (0...7).map { .logarithmic(mantissa: $0) }

  /// The encoded column of these values with the tokens step at its root; nil if they would mostly be escapes.
  static func encoded(_ values: [Int64], _ kind: TokenKind) -> (tree: [UInt8], data: [UInt8], column: [UInt8])? {
    let encoder = ColumnEncoder(effort: .compaction, codec: .zstd)
    let bounds = values.withUnsafeBufferPointer { UncheckedLoops.bounds($0) }
    guard encoder.encode(values, bounds, asTokens: kind) else { return nil }
    let (tree, data) = (encoder.writer.tree, encoder.writer.data)
    return (tree, data, StepTests.encoded(values.count, tree, data))
  }

  static func column(_ values: [Int64]) -> Column { feature("x", .int64, .int64(values)) }

  /// Values as they come, and as nobody would send them.
  static func values(_ generator: inout SeededGenerator) -> [Int64] {
    let counts = [1, 2, 3, 4, 5, 7, 8, 9, 63, 100, 257, 1_000]
    let count = counts.randomElement(using: &generator)!
    let base = [0, -1, 1_000_000, .min, .max, Int64(bitPattern: generator.next())].randomElement(using: &generator)!
    let bits = UInt64.random(in: 0...63, using: &generator)
    let shape = Int.random(in: 0..<8, using: &generator)
    return (0..<count).map { row in
      let noise = generator.next()
      return switch shape {
      case 0: base &+ Int64(bitPattern: noise >> bits)
      // Geometric: few are large.
      case 1: base &+ Int64(bitPattern: UInt64(noise.leadingZeroBitCount)) &<< Int64(bits % 40)
      case 2: base &+ Int64(bitPattern: (noise & generator.next() & generator.next()) >> bits)
      // Nearly all the same.
      case 3: generator.chance(0.02) ? Int64(bitPattern: noise) : base
      case 4: row % 2 == 0 ? .min : .max
      case 5: base &+ Int64(row) &* Int64(bitPattern: noise >> 60)
      // As wide as it goes at one end.
      case 6: generator.chance(0.03) ? base &- Int64(bitPattern: noise >> 1) : base &+ Int64(noise & 1_023)
      default: base &+ Int64(bitPattern: noise & (1 << (noise >> 58 & bits) &- 1))
      }
    }
  }

  @Test("any values come back, by the decoder and by the reference", arguments: 0..<8 as Range<UInt64>)
  func roundTrips(seed: UInt64) throws {
    var generator = SeededGenerator(seed: 900 + seed)
    var (withEscapes, without) = (0, 0)
    for round in 0..<40 {
      let values = Self.values(&generator)
      for kind in Self.kinds {
        guard let (tree, _, bytes) = Self.encoded(values, kind) else { continue }
        let decoded = try decode(bytes, Self.column(values))
        #expect(decoded.values == .int64(values), "seed \(seed), round \(round), \(kind)")
        let reference = try ReferenceDecoder.column(bytes, Self.column(values).schema, rowCount: values.count)
        #expect(reference.values == .int64(values), "seed \(seed), round \(round), \(kind)")
        if TokenKind.hasEscapes(parameter: tree[1]) { withEscapes += 1 } else { without += 1 }
      }
    }
    #expect(withEscapes > 0 && without > 0)
  }

  @Test("the step by hand-written bytes")
  func byHand() throws {
    let state: [UInt8] = [0, 0x80, 0, 0]
    let data: [UInt8] = [20, 1, 0xFF, 0x3F] + state + state + state + state + [0x88, 0x0E]
    #expect(
      try decode(StepTests.encoded(4, [0x27, 3], data), Self.column([0, 0, 0, 0])).values == .int64([10, 11, 12, 17]))
    for offset in data.indices.dropLast(2).dropFirst() {
      var wrong = data
      wrong[offset] ^= 0x10
      #expect(throws: FormatError.self) {
        try decode(StepTests.encoded(4, [0x27, 3], wrong), Self.column([0, 0, 0, 0]))
      }
    }
    // More low bits than a load holds, a kind there is not, escapes that are none, and none where they should be.
    for parameter: UInt8 in [57, 63, 0x40 | 8, 0x80 | 3] {
      #expect(throws: FormatError.self) {
        try decode(StepTests.encoded(4, [0x27, parameter, 0x20], data + [0]), Self.column([0, 0, 0, 0]))
      }
    }
  }

  @Test("cut short anywhere it throws; with bytes changed it throws or gives values")
  func hostileBytes() throws {
    var generator = SeededGenerator(seed: 77)
    for round in 0..<40 {
      let values = Array(Self.values(&generator).prefix(60))
      guard let kind = Self.kinds.randomElement(using: &generator), let (_, _, bytes) = Self.encoded(values, kind)
      else {
        continue
      }
      let column = Self.column(values)
      for count in 0..<bytes.count {
        let error = thrown { () throws(FormatError) in _ = try decode(Array(bytes.prefix(count)), column) }
        #expect(error != nil, "round \(round), \(kind), cut to \(count) of \(bytes.count)")
      }
      for _ in 0..<150 {
        var wrong = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          wrong[Int.random(in: 0..<wrong.count, using: &generator)] = UInt8(truncatingIfNeeded: generator.next())
        }
        if let decoded = try? decode(wrong, column) { #expect(decoded.rowCount == values.count) }
      }
    }
  }

  @Test("frequencies are at least 1 and make 4,096, and the table comes back", arguments: [1, 2, 3, 254, 255])
  func tables(tokenCount: Int) throws {
    var generator = SeededGenerator(seed: UInt64(tokenCount))
    for escapes in [0, 1, 5, 1_000_000] {
      for skew in [0, 10, 20] as [UInt64] {
        let counts = (0..<tokenCount).map { _ in UInt32(generator.next() >> (40 + skew * (generator.next() & 1))) + 1 }
        var tops: [UInt64] = [generator.next() >> 40]
        while tops.count < tokenCount { tops.append(tops[tops.count - 1] + 1 + generator.next() >> 42) }
        let total = counts.reduce(escapes) { $0 + Int($1) }
        let table = TokenTable(tops: tops, counts: counts, total: total)
        #expect(table.frequencies.allSatisfy { $0 >= 1 })
        #expect(escapes > 0 ? table.escapeFrequency >= 1 : table.escapeFrequency == 0)
        var bytes: [UInt8] = []
        table.append(to: &bytes)
        let read = try bytes.withUnsafeBytes { bytes in
          var cursor = ByteCursor(bytes)
          let table = try TokenTable(&cursor)
          #expect(cursor.isAtEnd)
          return table
        }
        #expect(read == table)
      }
    }
  }

  @Test("multiplying divides exactly, whatever the state", arguments: [1, 2, 3, 5, 7, 63, 64, 65, 2_047, 4_095, 4_096])
  func division(frequency: Int) {
    var generator = SeededGenerator(seed: UInt64(frequency))
    let symbol = EncodingSymbol(start: 0, frequency: frequency)
    let edges = (0..<31).map { UInt32(1) << UInt32($0) }
    let multiples = (1...500).map { UInt32($0 * frequency * 1_000) }
    let random = (0..<5_000).map { _ in UInt32(truncatingIfNeeded: generator.next() >> 33) | 1 }
    for state in edges + multiples + random + [1 << 31] {
      #expect(symbol.quotient(state - 1) == (state - 1) / UInt32(frequency))
      if state < 1 << 31 { #expect(symbol.quotient(state) == state / UInt32(frequency)) }
    }
  }
}
