internal import HindcastFormat

/// Columns small enough to be mutated well, in which every encoding step has its turn.
enum SampleColumns {
  static let rowCount = 40

  static let all: [Column] = dense + dense.map(withNulls) + long

  private static let dense: [Column] = integers + floats + texts + others

  private static func feature(
    _ name: String, _ type: ColumnType, _ values: ColumnValues, dimension: Int = 0
  ) -> Column {
    Column(ColumnSchema(name, role: .feature, type: type, dimension: dimension), values)
  }

  private static func integers(
    _ name: String, _ type: ColumnType = .int64, rows: Int = rowCount, _ value: (Int) -> Int64
  ) -> Column {
    feature(name, type, .int64((0..<rows).map(value)))
  }

  private static func doubles(_ name: String, _ value: (Int) -> Double) -> Column {
    feature(name, .float64, .float64((0..<rowCount).map(value)))
  }

  private static func text(_ name: String, _ value: (Int) -> String) -> Column {
    feature(name, .string, .strings(ByteStrings((0..<rowCount).map(value))))
  }

  private static let integers: [Column] = [
    feature("bool", .bool, .bool((0..<rowCount).map { $0 % 3 == 0 ? 1 : 0 })),
    integers("same") { _ in -7 },
    integers("runs") { Int64($0 / 10) << 40 },
    integers("multiples") { Int64($0 * $0) * 1_000 },
    integers("wide") { Int64(bitPattern: UInt64($0) &* 0x9E37_79B9_7F4A_7C15) },
    integers("time", .timestamp) { 1_541_000_000_000_000 + Int64($0) * 1_000_003 },
  ]

  private static let floats: [Column] = [
    doubles("decimal") { $0 == 7 ? -0.0 : Double($0) / 100 },
    doubles("narrow") { Double(Float($0) / 3) },
    doubles("bits") { 1 / Double($0 + 1) },
    feature("float32", .float32, .float32((0..<rowCount).map { 1 / Float($0 + 1) })),
    feature("vector", .vector, .float32((0..<rowCount * 2).map { Float($0) }), dimension: 2),
  ]

  private static let texts: [Column] = [
    text("words") { "v\($0 % 4)" },
    text("numbers") { "\($0 - 20)" },
    text("text") { "event number \($0) of many, é" },
    text("empty") { _ in "" },
    text("uuid-text") { row in uuidText { UInt8(($0 * 31 + row * 7) & 255) } },
  ]

  private static let others: [Column] = {
    var binary = ByteStrings()
    for row in 0..<rowCount { binary.append([UInt8(row & 3), 0xFF]) }
    let ones = (0...rowCount).map { UInt32($0) }
    let twos = (0...rowCount).map { UInt32($0 * 2) }
    let version4 = (0..<rowCount * 16).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }
    var version7 = version4
    for row in 0..<rowCount { version7[row * 16 + 6] = 0x70 }
    let words = ByteStrings((0..<rowCount).map { "\($0 % 3)x" })
    return [
      feature("bytes", .bytes, .strings(binary)),
      feature("uuid7", .uuid, .uuid(version7)),
      feature("uuid", .uuid, .uuid(version4)),
      feature("strings", .stringList, .stringList(offsets: ones, elements: words)),
      feature(
        "doubles", .doubleList, .doubleList(offsets: twos, elements: (0..<rowCount * 2).map { Double($0) })),
    ]
  }()

  /// Enough rows for the steps that only pay for many values.
  private static let long: [Column] = {
    var random = FuzzRandom(seed: 12)
    let entries = (0..<12).map { _ in Int64(bitPattern: random.next()) }
    let picks = (0..<600).map { _ in entries[random.below(entries.count)] }
    return [
      integers("dictionary", rows: 600) { picks[$0] },
      integers("planes", rows: 600) { Int64($0 % 3 * 5 + 7) << 16 | Int64($0 % 250) },
      integers("long-runs", rows: 600) { Int64($0 / 100 * 37 % 11) },
    ] + tokens
  }()

  /// Both kinds of tops, and values that are none.
  private static let tokens: [Column] = {
    var random = FuzzRandom(seed: 13)
    let few = (0..<600).map { _ in Int64((random.next() | 1 << 9).trailingZeroBitCount) }
    let bell = (0..<300).map { _ in (0..<8).reduce(Int64(0)) { sum, _ in sum + Int64(random.below(4_096)) } }
    let decaying = (0..<300).map { _ in Int64(random.next() >> UInt64(50 + random.below(14))) }
    return [
      integers("tokens", rows: 600) { few[$0] },
      integers("tokens-low", rows: 300) { bell[$0] },
      integers("tokens-log", rows: 300) { decaying[$0] },
      integers("tokens-escapes", rows: 600) { $0 % 200 == 99 ? .max - few[$0] : few[$0] },
    ]
  }()

  private static func uuidText(_ byte: (Int) -> UInt8) -> String {
    let digits = (0..<16).map { place in
      let byte = byte(place)
      return (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-")
  }

  /// The same with some rows' values gone.
  private static func withNulls(_ column: Column) -> Column {
    let stream = StreamKey(kind: .loss, model: "m", version: "", environment: .production)
    var nulls = Bitmap()
    for row in 0..<rowCount { nulls.append(row % 5 == 2 || (16..<24).contains(row)) }
    let kept = Block(stream: stream, rowCount: rowCount, columns: [column])
      .filtered(by: nulls.inverted)
    // Joined with blocks that lack the column, row by row: the nulls are where those stand.
    var blocks: [Block] = []
    var next = 0
    for row in 0..<rowCount {
      if nulls[row] {
        blocks.append(Block(stream: stream, rowCount: 1, columns: []))
      } else {
        blocks.append(kept.taking(rows: [next]))
        next += 1
      }
    }
    guard let joined = accepted({ () throws(FormatError) in try Block.concatenating(blocks) }) else { return column }
    var result = joined.columns[0]
    result.schema.name += "-nulls"
    return result
  }
}

extension Bitmap {
  fileprivate var inverted: Bitmap {
    var result = Bitmap()
    for row in 0..<count { result.append(!self[row]) }
    return result
  }
}
