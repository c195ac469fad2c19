import HindcastFormat

/// Blocks that the tests send.
enum SampleBlocks {
  static let loan = StreamKey(kind: .prediction, model: "loan", version: "1", environment: .production)

  /// Predictions with an id, a time, a feature that is null in every third row, a score and a tag. Rows are a second
  /// apart; `first` numbers the first one.
  static func predictions(
    rows: Int, first: Int = 0, stream: StreamKey = loan, extraFeatures: Int = 0
  ) -> Block {
    let numbers = first..<first + rows
    var columns = [
      Column(
        ColumnSchema("id", role: .id, type: .string), .strings(ByteStrings(numbers.map { "loan-\($0)" }))),
      Column(
        ColumnSchema("time", role: .time, type: .timestamp), .int64(numbers.map { Int64($0) * 1_000_000 })),
      Column(
        ColumnSchema("income", role: .feature, type: .float64),
        .float64(numbers.map { $0 % 3 == 0 ? 0 : Double($0) * 1.25 }),
        validity: validity(numbers)),
      Column(ColumnSchema("score", role: .output, type: .float64), .float64(numbers.map { 1 / (1 + Double($0)) })),
      Column(
        ColumnSchema("region", role: .tag, type: .string),
        .strings(ByteStrings(numbers.map { ["north", "süd"][$0 & 1] }))),
    ]
    for feature in 0..<extraFeatures {
      var generator = Numbers(state: UInt64(feature + 1))
      columns.append(
        Column(
          ColumnSchema("noise_\(feature)", role: .feature, type: .int64),
          .int64(numbers.map { _ in Int64(bitPattern: generator.next()) })))
    }
    return Block(stream: stream, rowCount: rows, columns: columns)
  }

  private static func validity(_ numbers: Range<Int>) -> Bitmap {
    var validity = Bitmap(repeating: true, count: numbers.count)
    for (row, number) in numbers.enumerated() where number % 3 == 0 { validity[row] = false }
    return validity
  }

  static func encoded(rows: Int = 10, first: Int = 0, stream: StreamKey = loan, extraFeatures: Int = 0) throws
    -> EncodedBlock
  {
    try BlockEncoder(effort: .ingest)
      .encode(predictions(rows: rows, first: first, stream: stream, extraFeatures: extraFeatures))
  }
}

/// SplitMix64: the same numbers every time.
struct Numbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}
