internal import HindcastFormat

extension RetentionPlan.Facts {
  /// What the plan needs to know of a log.
  init(
    now: Int64, manifest: ManifestState, archives: [FileIndex], segments: [FileIndex],
    active: (byteCount: UInt64, hasBlocks: Bool),
    isCompacting: Bool
  ) {
    let sizes = Dictionary(archives.map { ($0.id, $0.byteCount) }, uniquingKeysWith: { first, _ in first })
    self.init(
      now: now,
      archives: manifest.archives.map { file in
        RetentionPlan.File(file, byteCount: FileNames.archiveID(file.name).flatMap { sizes[$0] } ?? 0)
      },
      segments: segments.compactMap { RetentionPlan.File($0, compacted: manifest.compactedPosition) },
      activeByteCount: active.byteCount, activeHasBlocks: active.hasBlocks,
      cursors: Array(manifest.cursors.values), isCompacting: isCompacting)
  }
}

extension RetentionPlan.File {
  /// `byteCount` is 0 for a file that is missing.
  init(_ archive: ArchiveFile, byteCount: UInt64) {
    let positions = archive.firstPosition...max(archive.firstPosition, archive.lastPosition)
    let times = FileNames.isUndated(archive.name) ? nil : archive.minTime...max(archive.minTime, archive.maxTime)
    self.init(
      name: archive.name, segment: nil, byteCount: byteCount, positions: positions,
      records: [
        TrimRecord(model: archive.model, positions: positions, times: times, rows: archive.rows, bytes: byteCount)
      ])
  }

  /// nil: a segment without positions.
  init?(_ segment: FileIndex, compacted: UInt64) {
    guard let positions = segment.positions else { return nil }
    self.init(
      name: "\(FileNames.journal)/\(FileNames.segment(segment.id))", segment: segment.id,
      byteCount: segment.byteCount, positions: positions, records: Self.records(segment, beyond: compacted))
  }

  private static func records(_ segment: FileIndex, beyond compacted: UInt64) -> [TrimRecord] {
    // By stream first: there may be very many blocks.
    var byStream: [(dated: TrimRecord?, undated: TrimRecord?)] = segment.streams.map { _ in (nil, nil) }
    for entry in segment.entries where entry.position > compacted {
      let number = Int(entry.stream)
      let stream = segment.streams[number]
      if stream.kind.isUndated(minTime: entry.minTime, maxTime: entry.maxTime) {
        add(TrimRecord(entry, model: stream.model, times: nil), to: &byStream[number].undated)
      } else {
        let times = entry.minTime...max(entry.minTime, entry.maxTime)
        add(TrimRecord(entry, model: stream.model, times: times), to: &byStream[number].dated)
      }
    }
    var records: [TrimRecord] = []
    for (dated, undated) in byStream {
      for record in [dated, undated].compactMap({ $0 }) { records.add(record) }
    }
    // All of it is in this one file.
    for index in records.indices { records[index].files = 1 }
    return records
  }

  private static func add(_ record: TrimRecord, to sum: inout TrimRecord?) {
    if sum == nil { sum = record } else { sum!.merge(record) }
  }
}

extension TrimRecord {
  fileprivate init(_ entry: FrameEntry, model: String, times: ClosedRange<Int64>?) {
    self.init(
      model: model, positions: entry.position...max(entry.position, entry.lastPosition), times: times,
      rows: UInt64(entry.rows), bytes: UInt64(FrameHeader.byteCount) + UInt64(entry.payloadLength))
  }
}
