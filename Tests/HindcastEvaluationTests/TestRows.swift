import HindcastEvaluation
import HindcastFormat
import HindcastReplay

/// One logged prediction, as the tests write them down.
struct Prediction: Equatable {
  var id: String
  var time: Int64
  var label: Int64?
  var score: Double?

  init(_ id: String, time: Int64, label: Int64? = nil, score: Double? = nil) {
    self.id = id
    self.time = time
    self.label = label
    self.score = score
  }
}

/// One logged actual.
struct Actual: Equatable {
  var id: String
  var time: Int64
  var label: Int64?
  var revision: Int64?
  var isRetracted: Bool?

  init(_ id: String, time: Int64 = 0, label: Int64?, revision: Int64? = nil, isRetracted: Bool? = nil) {
    self.id = id
    self.time = time
    self.label = label
    self.revision = revision
    self.isRetracted = isRetracted
  }
}

/// One loss report; what is nil is a null.
struct Loss {
  var count: Int64
  var reason: String = "queue_full"
  var kind: String = "prediction"
  /// When it was made.
  var time: Int64 = 1_000
  var first: Int64?
  var last: Int64?
}

/// Builds blocks of model `m` as a reader would hand them to a sink.
enum TestRows {
  static func predictions(
    _ rows: [Prediction], positions: RowPositions, version: String = "1", environment: Environment = .production
  ) -> ReplayRows {
    block(
      .prediction, rows.map { $0.id }, rows.map { $0.time },
      [
        int64("label", .output, rows.map { $0.label }),
        float64("score", .output, rows.map { $0.score }),
      ], positions, version, environment)
  }

  static func actuals(_ rows: [Actual], positions: RowPositions, environment: Environment = .production) -> ReplayRows {
    block(
      .actual, rows.map { $0.id }, rows.map { $0.time },
      [
        int64("label", .actual, rows.map { $0.label }),
        int64("revision", .system, rows.map { $0.revision }),
        Column(
          ColumnSchema("retracted", role: .system, type: .bool), .bool(rows.map { $0.isRetracted == true ? 1 : 0 }),
          validity: validity(rows.map { $0.isRetracted != nil })),
      ], positions, "", environment)
  }

  static func losses(
    _ rows: [Loss], positions: RowPositions, version: String = "1", environment: Environment = .production
  ) -> ReplayRows {
    func timestamps(_ name: String, _ values: [Int64?]) -> Column {
      var column = int64(name, .system, values)
      column.schema.type = .timestamp
      return column
    }
    var losses = block(
      .loss, rows.map { _ in "" }, rows.map(\.time),
      [
        strings("reason", .system, rows.map(\.reason)), strings("lost_kind", .system, rows.map(\.kind)),
        int64("count", .system, rows.map(\.count)), timestamps("first_time", rows.map(\.first)),
        timestamps("last_time", rows.map(\.last)),
      ], positions, version, environment)
    losses.block.columns.removeAll { $0.schema.role == .id }
    return losses
  }

  static func block(
    _ kind: EventKind, _ ids: [String], _ times: [Int64], _ columns: [Column], _ positions: RowPositions,
    _ version: String = "1", _ environment: Environment = .production
  ) -> ReplayRows {
    let columns =
      [
        Column(ColumnSchema("id", role: .id, type: .string), .strings(ByteStrings(ids))),
        Column(ColumnSchema("time", role: .time, type: .timestamp), .int64(times)),
      ] + columns
    let stream = StreamKey(kind: kind, model: "m", version: version, environment: environment)
    return ReplayRows(block: Block(stream: stream, rowCount: ids.count, columns: columns), positions: positions)
  }

  static func int64(_ name: String, _ role: ColumnRole, _ values: [Int64?]) -> Column {
    Column(
      ColumnSchema(name, role: role, type: .int64), .int64(values.map { $0 ?? 0 }),
      validity: validity(values.map { $0 != nil }))
  }

  static func float64(_ name: String, _ role: ColumnRole, _ values: [Double?]) -> Column {
    Column(
      ColumnSchema(name, role: role, type: .float64), .float64(values.map { $0 ?? 0 }),
      validity: validity(values.map { $0 != nil }))
  }

  static func strings(_ name: String, _ role: ColumnRole, _ values: [String]) -> Column {
    Column(ColumnSchema(name, role: role, type: .string), .strings(ByteStrings(values)))
  }

  private static func validity(_ hasValue: [Bool]) -> Bitmap? {
    if hasValue.allSatisfy({ $0 }) { return nil }
    var bitmap = Bitmap()
    for bit in hasValue { bitmap.append(bit) }
    return bitmap
  }
}

/// Evaluates blocks in the order given.
func evaluate(
  _ blocks: [ReplayRows], every: WindowLength = .rows(1_000), gaps: [ReadGap] = [],
  trimmed: [ReadGap] = [], adjust: (inout EvaluationOptions) -> Void = { _ in }
) throws -> EvaluationReport {
  var options = EvaluationOptions(model: "m", every: every)
  adjust(&options)
  let evaluator = try Evaluator(options)
  for block in blocks { try evaluator.write(block) }
  return try evaluator.report(gaps: gaps, trimmed: trimmed)
}

/// The message of the `EvaluationError` that a closure throws; nil if it throws none.
func message(of closure: () throws -> Void) -> String? {
  do {
    try closure()
    return nil
  } catch {
    return (error as? EvaluationError)?.message
  }
}

/// SplitMix64: the same seed gives the same test.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
