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
  /// What retention has dropped since the log began: a record a model, whatever the number of edits.
  var trimmed: [TrimRecord] = []
  /// By name.
  var cursors: [String: NamedCursor] = [:]
  /// Of any file that an edit has ever named: those of files that are gone are not given out again.
  private(set) var highestFileID: UInt64 = 0

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
    for record in edit.trimmed { trimmed.add(record) }
    for name in edit.removedCursors { cursors[name] = nil }
    for cursor in edit.cursors { cursors[cursor.name] = cursor }
    guard cursors.count <= Limits.cursorsMax else {
      throw FormatError(.overLimit, "edit \(edit.number) makes it more than \(Limits.cursorsMax) cursors")
    }
    let added = edit.added.compactMap { FileNames.archiveID($0.name) }.max() ?? 0
    highestFileID = max(highestFileID, edit.highestFileID, edit.releasedSegments.max() ?? 0, added)
  }

  /// An edit that follows and changes nothing yet.
  func nextEdit(time: Int64) -> ManifestEdit {
    ManifestEdit(number: editNumber + 1, logID: logID, time: time, compactedPosition: compactedPosition)
  }

  /// One edit that says all of it, for a manifest that is written anew. Of the released segments only those are named
  /// that may still lie on the disk, and the highest, which ids must stay above, for software that knows of no
  /// `highest_file_id`.
  func snapshot(time: Int64, segmentsOnDisk: Set<UInt64>) -> ManifestEdit {
    var edit = nextEdit(time: time)
    edit.added = archives
    edit.releasedSegments = releasedSegments.filter { segmentsOnDisk.contains($0) || $0 == releasedSegments.max() }
      .sorted()
    edit.producers = producers
    edit.gaps = gaps
    edit.trimmed = trimmed
    edit.cursors = cursors.values.sorted { $0.name < $1.name }
    edit.highestFileID = highestFileID
    return edit
  }

  func covers(_ positions: ClosedRange<UInt64>) -> Bool {
    gaps.contains { $0.firstPosition <= positions.lowerBound && positions.upperBound <= $0.lastPosition }
  }
}
