/// What loss reports of one model say, added up: by version and environment, kind and reason.
package struct LossTally: Sendable, Equatable {
  package struct Part: Sendable, Equatable {
    package var version: String
    package var environment: Environment
    package var byKind: [EventKind: LossSums] = [:]
    /// Rows that are no reports.
    package var unreadable: UInt64 = 0
  }

  private struct Key: Hashable {
    var version: String
    var environment: Environment
  }

  private var partsByKey: [Key: Part] = [:]

  package init() {}

  /// Adds a decoded loss block; of its rows those that came in a frame behind `position`. `stored` is where it lies.
  package mutating func add(_ block: Block, from stored: StoredBlock, after position: UInt64 = 0) {
    let reports = LossReports(block)
    let key = Key(version: block.stream.version, environment: block.stream.environment)
    var part = partsByKey[key] ?? Part(version: key.version, environment: key.environment)
    let positions = block.archivedPositions
    for row in 0..<block.rowCount where positions.map({ UInt64(bitPattern: $0[row]) }) ?? stored.position > position {
      guard let report = reports[row] else {
        part.unreadable = part.unreadable.addingClamped(1)
        continue
      }
      part.byKind[report.kind, default: LossSums()].add(report.sum, reason: report.reason)
    }
    partsByKey[key] = part
  }

  /// In the order of versions and environments.
  package var parts: [Part] {
    partsByKey.values.sorted { ($0.version, $0.environment.rawValue) < ($1.version, $1.environment.rawValue) }
  }
}

extension Block {
  /// Of the frame that each row came in; nil where compaction has not been, and all are that of the block.
  fileprivate var archivedPositions: [Int64]? {
    guard let column = columns.first(where: { $0.schema.isRowPosition }), case .int64(let values) = column.values,
      values.count == rowCount
    else { return nil }
    return values
  }
}
