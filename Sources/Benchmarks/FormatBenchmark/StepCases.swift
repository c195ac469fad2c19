internal import HindcastFormat

/// A column for which the encoder takes a certain step, so that the step can be measured.
struct StepCase {
  /// How the step is called in a column's encoding.
  var step: String
  var effort: EncodeEffort = .ingest
  /// What the column, the last one, is computed from.
  var sources: [Column] = []
  var column: Column

  var columns: [Column] { sources + [column] }

  /// One for each step that a column can have at its root or below, `empty` apart.
  static func all(rowCount: Int) -> [StepCase] {
    var make = ColumnMaker(rowCount: rowCount)
    return make.integers() + make.floats() + make.texts() + make.others() + make.relations()
  }
}

/// Columns that follow from nothing but their row count.
private struct ColumnMaker {
  let rowCount: Int
  private var state: UInt64 = 0x243F_6A88_85A3_08D3

  init(rowCount: Int) { self.rowCount = rowCount }

  private mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 33 ^ state) &* 0xD6E8_FEB8_6659_FD93
  }

  /// Below `bound`, the small ones more often.
  private mutating func skewed(_ bound: Int) -> Int {
    let one = Int(next() >> 33) % bound
    return min(one, Int(next() >> 33) % bound, Int(next() >> 33) % bound)
  }

  /// About normal, with 24 bits.
  private mutating func normal() -> Double {
    (0..<4).reduce(0.0) { sum, _ in sum + Double(next() >> 40) } / Double(1 << 24) - 2
  }

  private func column(_ type: ColumnType, _ values: ColumnValues, dimension: Int = 0, name: String = "x") -> Column {
    Column(ColumnSchema(name, role: .feature, type: type, dimension: dimension), values)
  }

  private mutating func integers(_ value: (inout Self, Int) -> Int) -> [Int64] {
    (0..<rowCount).map { Int64(value(&self, $0)) }
  }

  private mutating func floats(_ value: (inout Self, Int) -> Double) -> [Double] {
    (0..<rowCount).map { value(&self, $0) }
  }

  mutating func integers() -> [StepCase] {
    var time = 1_700_000_000_000_000
    let times = integers { maker, _ in
      time += maker.skewed(90_000)
      return time
    }
    let codes = (0..<50).map { _ in Int(next() >> 12) }
    let noise = integers { maker, _ in Int(maker.next() & 0xFFFF_FFFF) }
    let cases: [(String, [Int64])] = [
      ("constant", integers { _, _ in 42 }), ("bit_packed", noise), ("delta", times),
      ("dictionary", integers { maker, _ in codes[maker.skewed(50)] }),
      ("runs", stretches()),
      ("multiples", integers { maker, _ in Int(maker.next() >> 50) * 86_400_000_000 }),
      ("tokens(", integers { maker, _ in maker.skewed(200) }),
      ("byte_planes", integers { maker, _ in 1 << (maker.next() % 28) + Int(maker.next() & 0xFFF) }),
      ("tokens(log", integers { maker, _ in Int(maker.next() >> (36 + maker.next() % 28)) }),
    ]
    return cases.map { StepCase(step: $0.0, column: column(.int64, .int64($0.1))) }
  }

  /// Values that stay for a while.
  private mutating func stretches() -> [Int64] {
    var value = 0
    return integers { maker, _ in
      if maker.next() % 60 == 0 { value = Int(maker.next() >> 40) }
      return value
    }
  }

  mutating func floats() -> [StepCase] {
    [
      StepCase(step: "ordered64", column: column(.float64, .float64(floats { maker, _ in maker.normal() / 3 }))),
      StepCase(
        step: "float32", column: column(.float64, .float64(floats { maker, _ in Double(Float(maker.normal())) }))),
      StepCase(
        step: "decimal(2)",
        column: column(.float64, .float64(floats { maker, _ in Double(maker.skewed(90_000)) / 100 }))),
      StepCase(
        step: "ordered32", column: column(.float32, .float32(floats { maker, _ in maker.normal() }.map { Float($0) }))),
    ]
  }

  mutating func texts() -> [StepCase] {
    let words = (0..<400).map { _ in String(next() >> 24, radix: 36) }
    let sentences = (0..<rowCount).map { _ in (0..<6).map { _ in words[skewed(400)] }.joined(separator: " ") }
    let uuids = (0..<rowCount).map { _ in UUIDText.format((0..<16).map { _ in UInt8(truncatingIfNeeded: next()) }) }
    let cases: [(String, [String])] = [
      ("text(", sentences), ("text_dictionary", (0..<rowCount).map { _ in words[skewed(40)] }),
      ("text_integers", (0..<rowCount).map { _ in "\(next() >> 24)" }), ("text_uuids", uuids),
    ]
    return cases.map { StepCase(step: $0.0, column: column(.string, .strings(ByteStrings($0.1)))) }
  }

  mutating func others() -> [StepCase] {
    let dimension = 16
    let bytes = (0..<rowCount * 16).map { _ in UInt8(truncatingIfNeeded: next()) }
    var time = UInt64(1_700_000_000_000)
    let version7 = (0..<rowCount).flatMap { row -> [UInt8] in
      time += next() % 3
      let head = (0..<6).map { UInt8(truncatingIfNeeded: time >> UInt64(40 - 8 * $0)) }
      return head + [0x70] + bytes[row * 16 + 7..<row * 16 + 8] + [0x80] + bytes[row * 16 + 9..<row * 16 + 16]
    }
    let present = (0..<rowCount).map { _ in next() % 3 > 0 }
    var validity = Bitmap()
    for isPresent in present { validity.append(isPresent) }
    let values = present.map { $0 ? Int64(skewed(5_000)) : 0 }
    let lengths = (0..<rowCount).map { _ in UInt32(next() % 4) }
    let offsets = lengths.reduce(into: [UInt32(0)]) { $0.append($0[$0.count - 1] + $1) }
    let elements = (0..<Int(offsets[rowCount])).map { _ in Double(skewed(900)) / 10 }
    var nullable = column(.int64, .int64(values))
    nullable.validity = validity
    let vectors = (0..<rowCount * dimension).map { _ in Float(normal()) }
    return [
      StepCase(step: "uuid", column: column(.uuid, .uuid(bytes))),
      StepCase(step: "uuid7", column: column(.uuid, .uuid(version7))),
      StepCase(step: "nullable", column: nullable),
      StepCase(step: "list", column: column(.doubleList, .doubleList(offsets: offsets, elements: elements))),
      StepCase(step: "vector", column: column(.vector, .float32(vectors), dimension: dimension)),
    ]
  }

  mutating func relations() -> [StepCase] {
    let prices = floats { maker, _ in Double(maker.skewed(90_000) + 1) / 100 }
    let rates = floats { maker, _ in maker.normal() + 3 }
    let places = integers { maker, _ in maker.skewed(300) }
    let counts = integers { maker, _ in maker.skewed(100_000) }
    let words = (0..<300).map { _ in String(next() >> 30, radix: 36) }
    let near = counts.map { $0 + Int64(skewed(4)) }
    let named = ByteStrings(places.map { words[Int($0)] })
    let price = column(.float64, .float64(prices), name: "price")
    let place = column(.int64, .int64(places), name: "place")
    let taxed = prices.map { ($0 * 100 * 1.19).rounded() / 100 }
    return [
      relation("mapped", [place], column(.string, .strings(named))),
      relation(
        "arithmetic", [price, column(.float64, .float64(rates), name: "rate")],
        column(.float64, .float64(zip(prices, rates).map { $0 / $1 }))),
      relation("scaled", [price], column(.float64, .float64(taxed))),
      relation("offset", [column(.int64, .int64(counts), name: "count")], column(.int64, .int64(near))),
    ]
  }

  private func relation(_ step: String, _ sources: [Column], _ column: Column) -> StepCase {
    StepCase(step: step, effort: .compaction, sources: sources, column: column)
  }
}
