internal import HindcastFormat

/// Makes blocks of what was lost, so that the log itself tells of it: for each stream a block of kind `loss`, with a row a
/// reason. Used by the worker's thread only.
struct LossReporter {
  private var told: [Key: LossTally.Sums] = [:]

  private struct Key: Hashable {
    var stream: Int
    var isOnTheWay: Bool
    var cause: LossCause
  }

  /// Whether something was lost that no report tells of.
  func hasNews(_ streams: [EventStream]) -> Bool {
    streams.contains { stream in
      Self.places(of: stream).contains { $0.tally.total > told[$0.key]?.count ?? 0 }
    }
  }

  private static func places(of stream: EventStream) -> [(key: Key, tally: LossTally)] {
    LossCause.allCases.flatMap { cause in
      [
        (Key(stream: stream.number, isOnTheWay: false, cause: cause), stream.losses[cause]),
        (Key(stream: stream.number, isOnTheWay: true, cause: cause), stream.lossesOnTheWay[cause]),
      ]
    }
  }

  /// A block for each stream that has news. They count as told.
  mutating func takeReports(_ streams: [EventStream], now: Int64) -> [Block] {
    streams.compactMap { stream in
      var report = ReportBuilder(stream.key)
      for (key, tally) in Self.places(of: stream) {
        let before = told[key] ?? LossTally.Sums()
        guard let new = tally.take(since: before) else { continue }
        told[key] = LossTally.Sums(
          count: before.count + new.count, byteCount: before.byteCount + new.byteCount, firstTime: new.firstTime,
          lastTime: new.lastTime)
        report.append(new, key.cause, kind: stream.key.kind, now: now)
      }
      return report.block
    }
  }
}

/// The rows of one loss block; `block.proto` says what its columns mean.
private struct ReportBuilder {
  private var builder: BlockBuilder
  private var columns: [Int] = []

  init(_ lost: StreamKey) {
    let key = StreamKey(kind: .loss, model: lost.model, version: lost.version, environment: lost.environment)
    builder = BlockBuilder(stream: key)
    let schemas = [
      ColumnSchema(ColumnName.time, role: .time, type: .timestamp),
      ColumnSchema(ColumnName.reason, role: .system, type: .string),
      ColumnSchema(ColumnName.lostKind, role: .system, type: .string),
      ColumnSchema(ColumnName.count, role: .system, type: .int64),
      ColumnSchema(ColumnName.bytes, role: .system, type: .int64),
      ColumnSchema(ColumnName.firstTime, role: .system, type: .timestamp),
      ColumnSchema(ColumnName.lastTime, role: .system, type: .timestamp),
    ]
    columns = schemas.compactMap { try? builder.column($0) }
    precondition(columns.count == schemas.count, "an empty builder takes a few columns")
  }

  mutating func append(_ lost: LossTally.Sums, _ cause: LossCause, kind: EventKind, now: Int64) {
    builder.append(now, to: columns[0])
    builder.append(cause.reason.rawValue, to: columns[1])
    builder.append(kind.word, to: columns[2])
    builder.append(Int64(lost.count), to: columns[3])
    builder.append(Int64(lost.byteCount), to: columns[4])
    if lost.firstTime <= lost.lastTime {
      builder.append(lost.firstTime, to: columns[5])
      builder.append(lost.lastTime, to: columns[6])
    }
    builder.endRow()
  }

  /// nil: no row.
  var block: Block? {
    mutating get { builder.rowCount > 0 ? builder.take() : nil }
  }
}
