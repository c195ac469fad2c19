/// A batch of events of one kind, model, version and environment, by column. In memory, decoded.
package struct Block: Sendable, Equatable {
  package var stream: StreamKey
  package var rowCount: Int
  package var columns: [Column]

  package init(stream: StreamKey, rowCount: Int, columns: [Column]) {
    self.stream = stream
    self.rowCount = rowCount
    self.columns = columns
  }

  package func column(_ role: ColumnRole, _ name: String) -> Column? {
    columns.first { $0.schema.role == role && $0.schema.name == name }
  }

  package var ids: Column? { columns.first { $0.schema.role == .id } }

  /// Event times in microseconds since 1970 UTC; nil if the kind has none or it was not read.
  package var times: [Int64]? {
    guard let column = columns.first(where: { $0.schema.role == .time }), case .int64(let values) = column.values
    else { return nil }
    return values
  }

  package var rawByteCount: Int { columns.reduce(0) { $0 + $1.values.rawByteCount } }
}

/// Which columns a reader wants. `id`, `time` and the archive's `position` always come along.
package enum ColumnChoice: Sendable, Equatable {
  case all
  /// `name` (any role) or `role:name`.
  case named(Set<String>)

  package func includes(_ schema: ColumnSchema) -> Bool {
    switch self {
    case .all: true
    case .named(let names):
      schema.role == .id || schema.role == .time
        || (schema.role == .system && schema.name == ColumnName.position)
        || names.contains(schema.name) || Self.haveQualified(names, schema)
    }
  }

  private static let fewNames = 8

  private static func haveQualified(_ names: Set<String>, _ schema: ColumnSchema) -> Bool {
    // Of few, each is compared, which takes no memory.
    guard names.count <= fewNames else { return names.contains(schema.qualifiedName) }
    return names.contains { schema.isQualifiedName($0) }
  }
}

/// A block in its stored form: the bytes of `hindcast.v1.Block` with every column encoded, and what a frame header needs.
package struct EncodedBlock: Sendable {
  package var stream: StreamKey
  package var rowCount: Int
  /// Smallest and largest event time, microseconds since 1970 UTC; both 0 for kinds without a time.
  package var minTime: Int64
  package var maxTime: Int64
  package var bytes: [UInt8]
  /// XXH3-64 of `bytes`.
  package var payloadHash: UInt64
  /// Of each column, if compaction encoded it.
  package var zones: [ColumnZone] = []

  package init(
    stream: StreamKey, rowCount: Int, minTime: Int64, maxTime: Int64, bytes: [UInt8], payloadHash: UInt64
  ) {
    self.stream = stream
    self.rowCount = rowCount
    self.minTime = minTime
    self.maxTime = maxTime
    self.bytes = bytes
    self.payloadHash = payloadHash
  }
}
