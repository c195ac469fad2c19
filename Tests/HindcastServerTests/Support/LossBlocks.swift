import HindcastFormat

extension SampleBlocks {
  /// Loss reports of the loan model: so many events each.
  static func losses(
    _ counts: [Int64], reason: String = "queue_full", kind: String = "prediction", version: String = "1",
    environment: Environment = .production
  ) -> Block {
    func texts(_ name: String, _ text: String) -> Column {
      Column(ColumnSchema(name, role: .system, type: .string), .strings(ByteStrings(counts.map { _ in text })))
    }
    func integers(_ name: String, _ type: ColumnType, _ values: [Int64]) -> Column {
      Column(ColumnSchema(name, role: .system, type: type), .int64(values))
    }
    return Block(
      stream: StreamKey(kind: .loss, model: "loan", version: version, environment: environment),
      rowCount: counts.count,
      columns: [
        Column(ColumnSchema("time", role: .time, type: .timestamp), .int64(counts.map { _ in 60_000_000 })),
        texts("reason", reason), texts("lost_kind", kind), integers("count", .int64, counts),
        integers("bytes", .int64, counts.map { $0 * 100 }),
        integers("first_time", .timestamp, counts.map { _ in 1_000_000 }),
        integers("last_time", .timestamp, counts.map { _ in 59_000_000 }),
      ])
  }
}
