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
    /// A step names a range and not its entries: a cursor takes the same memory for a long segment as for a short one.
    func add(_ index: FileIndex, _ entries: Range<Int>, isJournal: Bool) {
      guard entries.contains(where: { index.entries[$0].isWanted(by: query, streams: index.streams) }) else { return }
      steps.append(.file(index, entries: entries, isJournal: isJournal))
    }
    if query.fromPosition <= compacted {
      for archive in log.archives { add(archive, archive.entries.indices, isJournal: false) }
      takeGaps(before: compacted + 1)
      steps.append(.reached(min(compacted, end)))
    }

    let from = max(query.fromPosition, compacted + 1)
    guard from <= end else { return steps }
    func addSegment(_ index: FileIndex) {
      var first = index.entries.firstIndex(from: from)
      let behind = index.entries.firstIndex(from: end + 1)
      while let gap = gaps.first, first < behind {
        let next = max(first, index.entries.firstIndex(from: gap.positions.lowerBound + 1))
        guard next < behind else { break }
        add(index, first..<next, isJournal: true)
        takeGaps(before: index.entries[next].position)
        first = next
      }
      add(index, first..<max(first, behind), isJournal: true)
    }
    for segment in log.sealed where segment.positions.map({ $0.upperBound >= from }) ?? false { addSegment(segment) }
    if let active = log.active, active.firstPosition <= end {
      addSegment(
        FileIndex(
          id: active.id, file: active.file, streams: active.streams.streams, entries: active.entries, positions: nil,
          byteCount: active.byteCount, hasFooter: false))
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
