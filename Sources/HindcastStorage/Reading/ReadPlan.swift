internal import HindcastFormat

/// Chooses, from the indexes, what a cursor reads and in which order. Pure.
enum ReadPlan {
  static func steps(for query: ReadQuery, in log: borrowing LogState.Shared) -> [LogCursor.Step] {
    var steps: [LogCursor.Step] = []
    let compacted = log.manifest.compactedPosition
    guard query.toPosition != 0 else { return [] }
    let end = min(log.durablePosition, (query.toPosition ?? .max) - 1)
    guard query.fromPosition <= end else { return [] }

    var gaps = log.manifest.gaps.filter { $0.firstPosition <= end && $0.lastPosition >= query.fromPosition }
      .sorted { ($0.firstPosition, $0.lastPosition) < ($1.firstPosition, $1.lastPosition) }
      .map { gap in
        ReadGap(
          positions: max(gap.firstPosition, query.fromPosition)...min(gap.lastPosition, end), reason: gap.reason)
      }[...]
    func takeGaps(before position: UInt64) {
      while let gap = gaps.first, gap.positions.lowerBound < position { steps.append(.gap(gaps.removeFirst())) }
    }

    // First, so that whoever adds things up knows at once that some are missing.
    for record in log.manifest.trimmed {
      if let gap = record.gap(in: query, upTo: end) { steps.append(.gap(gap)) }
    }
    if query.fromPosition <= compacted {
      for archive in log.archives {
        let entries = archive.entries.filter { $0.isWanted(by: query, streams: archive.streams) }
        if !entries.isEmpty { steps.append(.file(archive, entries: entries, isJournal: false)) }
      }
      takeGaps(before: compacted + 1)
      steps.append(.reached(min(compacted, end)))
    }

    let from = max(query.fromPosition, compacted + 1)
    guard from <= end else { return steps }
    func addSegment(_ index: FileIndex) {
      var entries: [FrameEntry] = []
      for entry in index.entries[FileIndex.firstEntry(in: index.entries, from: from)...] {
        if entry.position > end { break }
        guard entry.isWanted(by: query, streams: index.streams) else { continue }
        if let gap = gaps.first, gap.positions.lowerBound < entry.position {
          if !entries.isEmpty { steps.append(.file(index, entries: entries, isJournal: true)) }
          entries = []
          takeGaps(before: entry.position)
        }
        entries.append(entry)
      }
      if !entries.isEmpty { steps.append(.file(index, entries: entries, isJournal: true)) }
    }
    for segment in log.sealed where segment.positions.map({ $0.upperBound >= from }) ?? false { addSegment(segment) }
    if let active = log.active, active.firstPosition <= end {
      // Only what is asked for is copied: the writer goes on appending to these arrays.
      let first = FileIndex.firstEntry(in: active.entries, from: from)
      addSegment(
        FileIndex(
          id: active.id, file: active.file, streams: active.streams.streams, entries: Array(active.entries[first...]),
          positions: nil, byteCount: active.byteCount, hasFooter: false))
    }
    takeGaps(before: .max)
    steps.append(.reached(end))
    return steps
  }
}

extension FrameEntry {
  func isWanted(by query: ReadQuery, streams: [StreamKey]) -> Bool {
    query.wants(streams[Int(stream)], positions: position...lastPosition, minTime: minTime, maxTime: maxTime)
  }
}
