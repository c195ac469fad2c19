package import HindcastFormat

/// What storage knows of itself, for `Status`.
package struct StorageStatus: Sendable {
  package var logID: LogID
  package var durablePosition: UInt64
  /// The lowest position the log holds a row of, or will hold.
  package var firstPosition: UInt64
  /// Sealed and active.
  package var segmentCount: Int
  package var journalByteCount: UInt64
  package var archiveFileCount: Int
  package var archiveByteCount: UInt64
  /// Rows up to here are in the archive.
  package var compactedPosition: UInt64
  /// Damaged ones.
  package var gaps: [ReadGap]
  /// What retention has dropped since the log began.
  package var trimmed: [TrimRecord]
  package var cursors: [NamedCursor]
  /// Why the journal no longer writes; nil: it does.
  package var failure: StorageError?
  package var producerCount: Int
  package var counters: StorageCounters
  /// What waits for the thread that writes.
  package var queueBlocks: UInt64 = 0
  package var queueBytes: UInt64 = 0
  /// Microseconds of each group's fsync; blocks and bytes of each group.
  package var syncMicroseconds: Histogram
  package var groupBlocks: Histogram
  package var groupBytes: Histogram
}

/// One kind of one version of a model in one environment, as far as it is stored. Rows count repeats.
package struct StreamSummary: Sendable, Equatable {
  package var stream: StreamKey
  package var rows: UInt64 = 0
  package var blocks: UInt64 = 0
  /// Payload bytes.
  package var storedBytes: UInt64 = 0
  /// Microseconds since 1970 UTC; both 0 for kinds without a time.
  package var minTime: Int64 = .max
  package var maxTime: Int64 = .min
  package var lastPosition: UInt64 = 0

  mutating func add(_ entry: FrameEntry) {
    rows += UInt64(entry.rows)
    blocks += 1
    storedBytes += UInt64(entry.payloadLength)
    minTime = min(minTime, entry.minTime)
    maxTime = max(maxTime, entry.maxTime)
    lastPosition = max(lastPosition, entry.lastPosition)
  }
}

extension LogState.Shared {
  var status: StorageStatus {
    let firsts =
      manifest.archives.map(\.firstPosition)
      + [sealed.first?.positions?.lowerBound, active?.firstPosition]
      .compactMap { $0 }
    return StorageStatus(
      logID: manifest.logID, durablePosition: durablePosition, firstPosition: firsts.min() ?? durablePosition + 1,
      segmentCount: sealed.count + (active == nil ? 0 : 1),
      journalByteCount: sealed.reduce(0) { $0 + $1.byteCount } + (active?.byteCount ?? 0),
      archiveFileCount: archives.count, archiveByteCount: archives.reduce(0) { $0 + $1.byteCount },
      compactedPosition: manifest.compactedPosition,
      gaps: manifest.gaps.map { ReadGap(positions: $0.firstPosition...$0.lastPosition, reason: $0.reason) },
      trimmed: manifest.trimmed, cursors: manifest.cursors.values.sorted { $0.name < $1.name },
      failure: failure, producerCount: producerCount, counters: counters, syncMicroseconds: syncMicroseconds,
      groupBlocks: groupBlocks,
      groupBytes: groupBytes)
  }

  /// In the order of model, version, kind and environment.
  var streamSummaries: [StreamSummary] {
    var summaries: [StreamKey: StreamSummary] = [:]
    func add(_ entries: some Sequence<FrameEntry>, _ streams: [StreamKey]) {
      for entry in entries {
        let stream = streams[Int(entry.stream)]
        summaries[stream, default: StreamSummary(stream: stream)].add(entry)
      }
    }
    for archive in archives { add(archive.entries, archive.streams) }
    let compacted = manifest.compactedPosition
    for segment in sealed { add(segment.entries.lazy.filter { $0.position > compacted }, segment.streams) }
    if let active { add(active.entries, active.streams.streams) }
    return summaries.values.sorted {
      ($0.stream.model, $0.stream.version, $0.stream.kind.rawValue, $0.stream.environment.rawValue)
        < ($1.stream.model, $1.stream.version, $1.stream.kind.rawValue, $1.stream.environment.rawValue)
    }
  }

  /// Models that any file's streams name, or did before retention dropped it; sorted.
  var models: [String] {
    var models = Set(manifest.trimmed.compactMap(\.model))
    for file in archives + sealed { models.formUnion(file.streams.lazy.map(\.model)) }
    if let active { models.formUnion(active.streams.streams.lazy.map(\.model)) }
    return models.sorted()
  }
}
