internal import HindcastFormat

/// A finished data file that waits for its commit, and what the log will say of it.
struct DeltaDataFile {
  var name: String
  var byteCount: Int
  var rowCount: Int
  /// When it was finished, in milliseconds since 1970 UTC.
  var time: Int64
  var columns: [ParquetColumn]
  var statistics: [ColumnStatistics]

  /// Statistics are given for as many columns as Delta indexes unless told otherwise (`delta.dataSkippingNumIndexedCols`).
  static let statisticsColumnsMax = 32

  var action: JSONValue {
    .object([
      (
        "add",
        .object([
          ("path", .string(name)),
          ("partitionValues", .object([JSONValue.Member]())),
          ("size", .integer(Int64(byteCount))),
          ("modificationTime", .integer(time)),
          ("dataChange", .boolean(true)),
          ("stats", .string(statisticsText)),
        ])
      )
    ])
  }

  private var statisticsText: String {
    var low: [(String, JSONValue)] = []
    var high: [(String, JSONValue)] = []
    var nulls: [(String, JSONValue)] = []
    for (column, statistics) in zip(columns, statistics).prefix(Self.statisticsColumnsMax) {
      nulls.append((column.name, .integer(Int64(statistics.nullCount))))
      let bounds = Self.bounds(statistics.bounds, column.type)
      if let value = bounds.low { low.append((column.name, value)) }
      if let value = bounds.high { high.append((column.name, value)) }
    }
    return JSONValue.object([
      ("numRecords", .integer(Int64(rowCount))),
      ("minValues", .object(low)),
      ("maxValues", .object(high)),
      ("nullCount", .object(nulls)),
    ]).text
  }

  /// Bounds in JSON, none for what has no order or no place in JSON: booleans, bytes, infinities.
  private static func bounds(
    _ bounds: ColumnStatistics.Bounds, _ type: ParquetType
  ) -> (low: JSONValue?, high: JSONValue?) {
    switch bounds {
    case .none, .unknown, .boolean: (nil, nil)
    case .int64(let low, let high) where type == .timestamp: (timestamp(low), timestamp(high))
    case .int64(let low, let high): (.integer(low), .integer(high))
    case .double(let low, let high): (low.isFinite ? .number(low) : nil, high.isFinite ? .number(high) : nil)
    case .bytes(let low, let high) where type == .string:
      (
        string(TruncatedBound.lower(low, isText: true).bytes),
        TruncatedBound.upper(high, isText: true).map { string($0.bytes) }
      )
    case .bytes: (nil, nil)
    }
  }

  private static func string(_ bytes: [UInt8]) -> JSONValue { .string(String(decoding: bytes, as: UTF8.self)) }

  /// nil outside the years 1 to 9999, which the text form cannot name.
  private static func timestamp(_ microseconds: Int64) -> JSONValue? {
    guard (-62_135_596_800_000_000..<253_402_300_800_000_000).contains(microseconds) else { return nil }
    return .string(TimestampText.format(microseconds))
  }
}
