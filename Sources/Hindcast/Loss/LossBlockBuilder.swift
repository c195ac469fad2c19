internal import HindcastFormat

/// The rows of one loss block; `block.proto` says what its columns mean.
struct LossBlockBuilder {
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

  mutating func append(_ lost: LossCounter.Sums, _ cause: LossCause, kind: EventKind, now: Int64) {
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
