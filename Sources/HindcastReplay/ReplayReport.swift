package import HindcastFormat

/// What a replay did.
package struct ReplayReport: Sendable, Equatable {
  /// Rows delivered and committed, by kind.
  package var rows: [EventKind: Int] = [:]
  /// Blocks read, and their bytes as they are stored.
  package var blocks = 0
  package var storedBytes = 0
  /// Rows that were read and not delivered: outside the query, or delivered by an earlier replay.
  package var skippedRows = 0
  /// Stretches that were damaged; their rows are missing from the sink. The first `gapsKept` of them.
  package var gaps: [ReadGap] = []
  package var gapCount = 0
  /// What retention had dropped before it was read; missing as well. The first `gapsKept`.
  package var trimmed: [ReadGap] = []
  package var trimmedCount = 0
  package var commits = 0
  /// The sink's checkpoint before and after.
  package var fromCheckpoint: UInt64 = 0
  package var toCheckpoint: UInt64 = 0

  package static let gapsKept = 1_000

  package init() {}

  mutating func note(_ gap: ReadGap) {
    switch gap.kind {
    case .damaged:
      gapCount += 1
      if gaps.count < Self.gapsKept { gaps.append(gap) }
    case .trimmed:
      trimmedCount += 1
      if trimmed.count < Self.gapsKept { trimmed.append(gap) }
    }
  }

  package var rowCount: Int { rows.values.reduce(0, +) }
}

/// How far a replay has come, for a progress line; handed out behind every block.
package struct ReplayProgress: Sendable, Equatable {
  package var rows: Int
  package var blocks: Int
  package var storedBytes: Int
  package var gaps: Int
  /// The highest position up to which everything has been read.
  package var reached: UInt64
}
