package import HindcastFormat

/// What retention did, or with a dry run would do, and what held it back.
package struct RetentionReport: Sendable, Equatable {
  package enum DropReason: String, Sendable, Equatable {
    /// Its newest event is older than the policy's age.
    case age
    /// The log had more bytes than the policy allows.
    case bytes
  }

  /// Why a file stays that the policy would drop.
  package enum HoldReason: Sendable, Equatable, Hashable {
    /// The named cursor has not got all of it yet.
    case cursor(String)
    /// Its rows are in no archive yet, and the policy spares such segments.
    case notCompacted
    /// A compaction is reading it.
    case compacting
    /// An older segment stays, and segments go from the journal's old end only.
    case behindKept
    /// It alone tells, should the manifest be damaged, which positions were given out.
    case newestPositions
  }

  package struct Dropped: Sendable, Equatable {
    /// Relative to the data directory.
    package var name: String
    package var isSegment: Bool
    package var reason: DropReason
    package var byteCount: UInt64
    /// By model, rows without a time apart.
    package var records: [TrimRecord]
    /// Cursors that needed it and were not asked.
    package var overruledCursors: [String]

    package var rowCount: UInt64 { records.reduce(0) { $0.addingClamped($1.rows) } }
  }

  package struct Kept: Sendable, Equatable {
    package var name: String
    package var byteCount: UInt64
    package var reason: HoldReason
  }

  package var dropped: [Dropped]
  /// What the policy would drop, too, but for the reasons given.
  package var kept: [Kept]
  /// Of the journal's and the archive's files.
  package var bytesBefore: UInt64
  package var bytesAfter: UInt64

  package var rowsDropped: UInt64 { dropped.reduce(0) { $0.addingClamped($1.rowCount) } }
  package var bytesDropped: UInt64 { dropped.reduce(0) { $0 + $1.byteCount } }

  init(_ plan: RetentionPlan) {
    dropped = plan.drops.map { drop in
      Dropped(
        name: drop.file.name, isSegment: drop.file.segment != nil, reason: drop.reason,
        byteCount: drop.file.byteCount, records: drop.file.records, overruledCursors: drop.overruled)
    }
    kept = plan.kept.map { Kept(name: $0.file.name, byteCount: $0.file.byteCount, reason: $0.reason) }
    bytesBefore = plan.bytesBefore
    bytesAfter = plan.bytesAfter
  }
}

extension RetentionReport.HoldReason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .cursor(let name): "the cursor \(name) has not got all of it"
    case .notCompacted: "not compacted yet"
    case .compacting: "a compaction is reading it"
    case .behindKept: "an older segment stays"
    case .newestPositions: "it holds the newest positions, which a start must know if the manifest is damaged"
    }
  }
}
