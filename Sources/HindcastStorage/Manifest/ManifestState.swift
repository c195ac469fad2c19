internal import HindcastFormat

/// What the manifest's edits add up to: which archive files exist, how far the journal is archived, and what deleting
/// segments must not forget.
struct ManifestState: Sendable, Equatable {
  var logID: LogID
  /// Of the last edit; 0 before the first.
  var editNumber: UInt64 = 0
  var compactedPosition: UInt64 = 0
  var archives: [ArchiveFile] = []
  /// Segments whose blocks are all archived. Their ids are never given out again.
  var releasedSegments: Set<UInt64> = []
  /// As they stood at the end of the last released segment.
  var producers: [ProducerState] = []
  var gaps: [GapRecord] = []

  init(logID: LogID) { self.logID = logID }

  /// Throws if the edit does not follow.
  mutating func apply(_ edit: ManifestEdit) throws(FormatError) {
    guard edit.logID == logID else {
      throw FormatError(.corrupt, "edit \(edit.number) belongs to another log (\(edit.logID), not \(logID))")
    }
    guard edit.number == editNumber + 1 || editNumber == 0 else {
      throw FormatError(.corrupt, "edit \(edit.number) follows edit \(editNumber)")
    }
    guard edit.compactedPosition >= compactedPosition else {
      throw FormatError(.corrupt, "edit \(edit.number) moves the compacted position back")
    }
    editNumber = edit.number
    compactedPosition = edit.compactedPosition
    if !edit.removed.isEmpty {
      let removed = Set(edit.removed)
      archives.removeAll { removed.contains($0.name) }
    }
    archives += edit.added
    releasedSegments.formUnion(edit.releasedSegments)
    if !edit.producers.isEmpty { producers = edit.producers }
    gaps += edit.gaps
  }

  /// An edit that follows and changes nothing yet.
  func nextEdit(time: Int64) -> ManifestEdit {
    ManifestEdit(number: editNumber + 1, logID: logID, time: time, compactedPosition: compactedPosition)
  }

  /// One edit that says all of it, for a manifest that is written anew. Of the released segments only those are named
  /// that may still lie on the disk, and the highest, which ids must stay above.
  func snapshot(time: Int64, segmentsOnDisk: Set<UInt64>) -> ManifestEdit {
    var edit = nextEdit(time: time)
    edit.added = archives
    edit.releasedSegments = releasedSegments.filter { segmentsOnDisk.contains($0) || $0 == releasedSegments.max() }
      .sorted()
    edit.producers = producers
    edit.gaps = gaps
    return edit
  }

  /// The highest id of any file the manifest names.
  var highestFileID: UInt64 {
    max(releasedSegments.max() ?? 0, archives.compactMap { FileNames.archiveID($0.name) }.max() ?? 0)
  }

  func covers(_ positions: ClosedRange<UInt64>) -> Bool {
    gaps.contains { $0.firstPosition <= positions.lowerBound && positions.upperBound <= $0.lastPosition }
  }
}
