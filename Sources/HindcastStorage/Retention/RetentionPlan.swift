internal import HindcastFormat

/// Which files retention drops. Pure: facts in, decisions out, each with its reason.
///
/// Archive files go by the newest event in them, oldest first, those without times last; then segments by position, from the
/// journal's old end only, because all that lies up to the compacted position is read from the archive. A file that may not
/// go is passed over, and younger ones that nothing holds go in its place: a bound is kept as far as it can be.
struct RetentionPlan: Equatable {
  struct File: Equatable {
    /// Relative to the data directory.
    var name: String
    /// Of a segment; nil: an archive file.
    var segment: UInt64?
    /// On the disk.
    var byteCount: UInt64
    var positions: ClosedRange<UInt64>
    /// What would be lost, by model, rows without a time apart. Of a segment only what is not archived.
    var records: [TrimRecord]

    /// nil: it holds rows without a time, so that its age is not known.
    var newestTime: Int64? {
      records.contains { $0.times == nil } ? nil : records.compactMap { $0.times?.upperBound }.max()
    }
  }

  struct Facts: Equatable {
    /// Microseconds since 1970 UTC.
    var now: Int64
    var archives: [File] = []
    /// Sealed ones that are not archived whole, ascending by position.
    var segments: [File] = []
    /// Of the active segment, which is never dropped.
    var activeByteCount: UInt64 = 0
    var activeHasBlocks = false
    var cursors: [NamedCursor] = []
    /// A compaction is reading the segments.
    var isCompacting = false
  }

  struct Drop: Equatable {
    var file: File
    var reason: RetentionReport.DropReason
    /// Names of cursors that needed it.
    var overruled: [String] = []
  }

  struct Kept: Equatable {
    var file: File
    var reason: RetentionReport.HoldReason
  }

  private(set) var drops: [Drop] = []
  /// What the policy would have dropped.
  private(set) var kept: [Kept] = []
  let bytesBefore: UInt64
  private(set) var bytesAfter: UInt64

  init(_ facts: Facts, _ policy: RetentionPolicy) {
    bytesBefore = (facts.archives + facts.segments).reduce(facts.activeByteCount) { $0 + $1.byteCount }
    bytesAfter = bytesBefore
    let newest = Self.newest(facts)
    for archive in Self.oldestFirst(facts.archives) {
      guard let reason = reason(for: archive, facts, policy) else { continue }
      let needy = Self.cursors(needing: archive, facts)
      if let cursor = needy.first, !policy.ignoresCursors {
        keep(archive, .cursor(cursor))
      } else if archive.name == newest {
        keep(archive, .newestPositions)
      } else {
        drop(archive, reason, needy)
      }
    }
    var isBehindKept = false
    for segment in facts.segments {
      let reason = reason(for: segment, facts, policy)
      let needy = Self.cursors(needing: segment, facts)
      var hold: RetentionReport.HoldReason?
      if !policy.includesUncompacted {
        hold = .notCompacted
      } else if facts.isCompacting {
        hold = .compacting
      } else if let cursor = needy.first, !policy.ignoresCursors {
        hold = .cursor(cursor)
      } else if segment.name == newest {
        hold = .newestPositions
      } else if isBehindKept {
        hold = .behindKept
      }
      if let reason, hold == nil { drop(segment, reason, needy) } else { isBehindKept = true }
      if reason != nil, let hold { keep(segment, hold) }
    }
  }

  private mutating func drop(_ file: File, _ reason: RetentionReport.DropReason, _ needy: [String]) {
    drops.append(Drop(file: file, reason: reason, overruled: needy))
    bytesAfter -= file.byteCount
  }

  private mutating func keep(_ file: File, _ reason: RetentionReport.HoldReason) {
    kept.append(Kept(file: file, reason: reason))
  }

  /// nil: the policy lets it stay.
  private func reason(
    for file: File, _ facts: Facts, _ policy: RetentionPolicy
  ) -> RetentionReport.DropReason? {
    if let ageMax = policy.ageMax, let newest = file.newestTime {
      let (oldest, isBeyondTime) = facts.now.subtractingReportingOverflow(ageMax)
      if !isBeyondTime, newest < oldest { return .age }
    }
    if let bytesMax = policy.bytesMax, bytesAfter > bytesMax { return .bytes }
    return nil
  }

  /// Names of cursors that have not got all of the file yet; the one that is the furthest back first.
  private static func cursors(needing file: File, _ facts: Facts) -> [String] {
    facts.cursors.filter { cursor in
      file.records.contains { record in
        cursor.position < record.positions.upperBound
          && (cursor.model == nil || record.model == nil || cursor.model == record.model)
      }
    }.sorted { ($0.position, $0.name) < ($1.position, $1.name) }.map(\.name)
  }

  private static func oldestFirst(_ files: [File]) -> [File] {
    files.sorted { left, right in
      switch (left.newestTime, right.newestTime) {
      case (let leftTime?, let rightTime?) where leftTime != rightTime: leftTime < rightTime
      case (nil, _?): false
      case (_?, nil): true
      default: (left.positions.upperBound, left.name) < (right.positions.upperBound, right.name)
      }
    }
  }

  /// The file with the highest position, unless the active segment has a higher one. It stays: should the manifest's last
  /// edits be damaged, it tells the next start which positions were given out, so that none is given out twice.
  private static func newest(_ facts: Facts) -> String? {
    if facts.activeHasBlocks { return nil }
    if let segment = facts.segments.last { return segment.name }
    // Of several with the same one the youngest, which goes last. One that is missing can tell nothing.
    return oldestFirst(facts.archives.filter { $0.byteCount > 0 }).reversed()
      .max { $0.positions.upperBound < $1.positions.upperBound }?.name
  }
}
