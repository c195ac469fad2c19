@testable import HindcastFormat

/// A loss report as tests write it down; what is nil is a null.
struct LossRow {
  var time: Int64? = 100
  var reason: String? = "queue_full"
  var kind: String? = "prediction"
  var count: Int64? = 1
  var bytes: Int64?
  var first: Int64?
  var last: Int64?
}

func lossBlock(_ rows: [LossRow], version: String = "1") -> Block {
  func integers(_ name: String, _ type: ColumnType, role: ColumnRole = .system, _ values: [Int64?]) -> Column {
    Column(
      ColumnSchema(name, role: role, type: type), .int64(values.map { $0 ?? 0 }), validity: lossValidity(values))
  }
  func texts(_ name: String, _ values: [String?]) -> Column {
    Column(
      ColumnSchema(name, role: .system, type: .string), .strings(ByteStrings(values.map { $0 ?? "" })),
      validity: lossValidity(values))
  }
  return Block(
    stream: StreamKey(kind: .loss, model: "m", version: version, environment: .production), rowCount: rows.count,
    columns: [
      integers("time", .timestamp, role: .time, rows.map(\.time)), texts("reason", rows.map(\.reason)),
      texts("lost_kind", rows.map(\.kind)), integers("count", .int64, rows.map(\.count)),
      integers("bytes", .int64, rows.map(\.bytes)), integers("first_time", .timestamp, rows.map(\.first)),
      integers("last_time", .timestamp, rows.map(\.last)),
    ])
}

private func lossValidity<Value>(_ values: [Value?]) -> Bitmap? {
  guard values.contains(where: { $0 == nil }) else { return nil }
  var bits = Bitmap()
  for value in values { bits.append(value != nil) }
  return bits
}
