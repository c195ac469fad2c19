@testable import HindcastFormat

/// Columns as they come and as nobody would make them, for property tests.
struct RandomColumns {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func block(rowCount: Int, kind: EventKind = .prediction) -> Block {
    var columns = [
      Column(ColumnSchema("id", role: .id, type: .string), .strings(ids(rowCount))),
      Column(ColumnSchema("time", role: .time, type: .timestamp), .int64(times(rowCount))),
    ]
    for (index, type) in ColumnType.allCases.enumerated() {
      for variant in 0..<3 {
        let dimension = type == .vector ? Int.random(in: 1...5, using: &generator) : 0
        let schema = ColumnSchema("c\(index)-\(variant)", role: .feature, type: type, dimension: dimension)
        columns.append(column(schema, rowCount: rowCount))
      }
    }
    return Block(
      stream: StreamKey(kind: kind, model: "fraud", version: "7", environment: .production), rowCount: rowCount,
      columns: columns)
  }

  mutating func column(_ schema: ColumnSchema, rowCount: Int) -> Column {
    let values = values(schema, rowCount)
    guard generator.chance(0.5) else { return Column(schema, values) }
    let share = [0.0, 0.05, 0.5, 0.95, 1].randomElement(using: &generator)!
    var validity = Bitmap()
    for _ in 0..<rowCount { validity.append(!generator.chance(share)) }
    guard validity.setCount < rowCount else { return Column(schema, values) }
    // Places without a value hold zero or empty, as a decoded column has them.
    let clean = values.packed(by: validity, dimension: schema.dimension)
      .spread(over: validity, dimension: schema.dimension)
    return Column(schema, clean, validity: validity)
  }

  private mutating func ids(_ count: Int) -> ByteStrings {
    switch Int.random(in: 0..<3, using: &generator) {
    case 0: ByteStrings((0..<count).map { String($0 * 3 + 1_000) })
    case 1:
      ByteStrings(
        (0..<count).map { _ in
          UUIDText.format((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
        })
    default: ByteStrings((0..<count).map { "request-\($0 % 97)-\(generator.next() % 1_000)" })
    }
  }

  private mutating func times(_ count: Int) -> [Int64] {
    var time: Int64 = 1_700_000_000_000_000
    let step: Int64 = generator.chance(0.5) ? 1_000_000 : 37
    return (0..<count).map { _ in
      time += step * Int64.random(in: 0...9, using: &generator)
      return time
    }
  }

  private mutating func values(_ schema: ColumnSchema, _ count: Int) -> ColumnValues {
    switch schema.type {
    case .bool: .bool(integers(count).map { UInt8(truncatingIfNeeded: $0 & 1) })
    case .int64: .int64(integers(count))
    case .timestamp: .int64(times(count))
    case .float32: .float32((0..<count).map { _ in float() })
    case .vector: .float32((0..<count * schema.dimension).map { _ in float() })
    case .float64: .float64(doubles(count))
    case .string: .strings(strings(count))
    case .bytes: .strings(byteStrings(count))
    case .uuid: .uuid(uuids(count))
    case .stringList:
      { offsets in
        .stringList(offsets: offsets, elements: strings(Int(offsets[count])))
      }(offsets(count))
    case .doubleList:
      { offsets in
        .doubleList(offsets: offsets, elements: doubles(Int(offsets[count])))
      }(offsets(count))
    }
  }

  mutating func integers(_ count: Int) -> [Int64] {
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: return Array(repeating: Int64.min + Int64.random(in: 0...1, using: &generator), count: count)
    case 1: return (0..<count).map { _ in Int64(bitPattern: generator.next()) }
    case 2: return (0..<count).map { Int64($0 / 50) }
    case 3: return (0..<count).map { Int64($0) * 1_000_000 - 17 }
    case 4:
      let entries = (0..<20).map { _ in Int64(bitPattern: generator.next()) }
      return (0..<count).map { _ in entries.randomElement(using: &generator)! }
    case 5: return (0..<count).map { _ in Int64.random(in: 0...1, using: &generator) }
    case 6: return (0..<count).map { _ in generator.chance(0.5) ? Int64.max : Int64.min }
    default:
      let bits = Int64.random(in: 1...62, using: &generator)
      return (0..<count).map { _ in Int64.random(in: 0..<(1 << bits), using: &generator) }
    }
  }

  private mutating func float() -> Float {
    generator.chance(0.1)
      ? [0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, Float(bitPattern: 0xFFC0_0001)]
        .randomElement(using: &generator)!
      : Float.random(in: -10...10, using: &generator)
  }

  /// Doubles whose bits must survive, however odd.
  static let oddDoubles: [Double] = [
    0, -0.0, .nan, -.nan, .signalingNaN, Double(bitPattern: 0x7FF8_0000_0000_0001),
    Double(bitPattern: 0xFFF8_DEAD_BEEF_0001), .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
    .leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 9_007_199_254_740_991,
    9_007_199_254_740_992, 9_007_199_254_740_994, -9_007_199_254_740_992, 0.1, 0.30000000000000004, 1e15, 1e-15, 1e22,
    1e23, 123_456_789.123456789, .pi,
  ]

  private mutating func doubles(_ count: Int) -> [Double] {
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: (0..<count).map { _ in Double(Int.random(in: 0...100_000, using: &generator)) / 100 }
    case 1: (0..<count).map { _ in Double(Float.random(in: 0...1, using: &generator)) }
    case 2: (0..<count).map { _ in Double.random(in: 0...1, using: &generator) }
    case 3: (0..<count).map { _ in Self.oddDoubles.randomElement(using: &generator)! }
    case 4:
      (0..<count).map { _ in
        generator.chance(0.01)
          ? Self.oddDoubles.randomElement(using: &generator)! : Double(Int.random(in: -99...99, using: &generator)) / 10
      }
    default: (0..<count).map { _ in Double(bitPattern: generator.next()) }
    }
  }

  private mutating func strings(_ count: Int) -> ByteStrings {
    let words = ["", "a", "Grüße", "東京", "🙂", "merchant-000123", String(repeating: "long ", count: 20)]
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: return ByteStrings((0..<count).map { _ in words.randomElement(using: &generator)! })
    case 1: return ByteStrings((0..<count).map { _ in String(generator.next() % 100_000, radix: 36) + "é" })
    case 2: return ByteStrings((0..<count).map { _ in String(Int64(bitPattern: generator.next()) >> 20) })
    default:
      return ByteStrings(
        (0..<count).map { _ in UUIDText.format((0..<16).map { _ in UInt8(truncatingIfNeeded: generator.next()) }) })
    }
  }

  private mutating func byteStrings(_ count: Int) -> ByteStrings {
    var result = ByteStrings()
    for _ in 0..<count {
      result.append(
        (0..<Int.random(in: 0...20, using: &generator)).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
    }
    return result
  }

  private mutating func uuids(_ count: Int) -> [UInt8] {
    var bytes = (0..<count * 16).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    if generator.chance(0.5) { for row in 0..<count { bytes[row * 16 + 6] = 0x70 | bytes[row * 16 + 6] & 15 } }
    return bytes
  }

  private mutating func offsets(_ count: Int) -> [UInt32] {
    var offsets: [UInt32] = [0]
    for _ in 0..<count { offsets.append(offsets[offsets.count - 1] + UInt32.random(in: 0...4, using: &generator)) }
    return offsets
  }
}

/// Equality by bits, so that NaN equals itself and 0 differs from -0.
func sameBits(_ one: Block, _ other: Block) -> Bool {
  one.stream == other.stream && one.rowCount == other.rowCount && one.columns.count == other.columns.count
    && zip(one.columns, other.columns).allSatisfy(sameBits)
}

func sameBits(_ one: Column, _ other: Column) -> Bool {
  guard one.schema == other.schema, one.validity == other.validity else { return false }
  switch (one.values, other.values) {
  case (.float32(let values), .float32(let others)): return values.map(\.bitPattern) == others.map(\.bitPattern)
  case (.float64(let values), .float64(let others)): return values.map(\.bitPattern) == others.map(\.bitPattern)
  case (.doubleList(let offsets, let values), .doubleList(let otherOffsets, let others)):
    return offsets == otherOffsets && values.map(\.bitPattern) == others.map(\.bitPattern)
  default: return one.values == other.values
  }
}
