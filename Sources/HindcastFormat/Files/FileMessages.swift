/// What storage writes about itself, as Swift values: the messages of `storage.proto`. Packing and unpacking stand in the
/// extensions beside this file.

/// First frame of every file of a data directory.
package struct FileHeader: Sendable, Equatable {
  /// The same in every file of a data directory.
  package var logID: LogID
  /// Microseconds since 1970 UTC.
  package var created: Int64
  /// Of a segment: position of its first block frame; 0 in other files.
  package var firstPosition: UInt64
  /// Software and version.
  package var writer: String

  package init(logID: LogID, created: Int64, firstPosition: UInt64, writer: String) {
    self.logID = logID
    self.created = created
    self.firstPosition = firstPosition
    self.writer = writer
  }
}

/// 16 random bytes that name a data directory for good.
package struct LogID: Sendable, Hashable, CustomStringConvertible {
  package var bytes: [UInt8]

  package init() {
    var generator = SystemRandomNumberGenerator()
    bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  /// nil unless there are 16 bytes.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// 32 hexadecimal digits.
  package var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// Last frame of a sealed segment or an archive file.
package struct FileFooter: Sendable, Equatable {
  package var streams: [StreamKey] = []
  package var frames: [FrameEntry] = []
  /// Segments only: every producer as it stood at the end of the segment.
  package var producers: [ProducerState] = []
  /// See `contentHash(of:)`.
  package var contentHash: UInt64 = 0
  package var rows: UInt64 = 0
  /// Archive only: the sum of the rows' hashes.
  package var rowsHash: UInt64 = 0
  /// Archive only: what is known of the columns of each frame's block; empty: nothing.
  package var zones: [[ColumnZone]] = []

  package init() {}

  /// XXH3-64 over the payload hashes, in order, 8 bytes each, little-endian.
  package static func contentHash(of frames: some Collection<FrameEntry>) -> UInt64 {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(frames.count * 8)
    for frame in frames { bytes.appendLittleEndian(frame.payloadHash) }
    return Checksum.xxh3(bytes)
  }
}

/// Where a block frame lies in its file, and what a reader must know to want it or pass it over.
package struct FrameEntry: Sendable, Equatable {
  /// Of the frame's header in the file.
  package var offset: UInt64
  package var payloadLength: UInt32
  /// Index into the file's streams.
  package var stream: UInt32
  package var position: UInt64
  package var lastPosition: UInt64
  package var rows: UInt32
  package var minTime: Int64
  package var maxTime: Int64
  package var payloadHash: UInt64

  package init(
    offset: UInt64, payloadLength: UInt32, stream: UInt32, position: UInt64, lastPosition: UInt64, rows: UInt32,
    minTime: Int64, maxTime: Int64, payloadHash: UInt64
  ) {
    self.offset = offset
    self.payloadLength = payloadLength
    self.stream = stream
    self.position = position
    self.lastPosition = lastPosition
    self.rows = rows
    self.minTime = minTime
    self.maxTime = maxTime
    self.payloadHash = payloadHash
  }
}

/// What is remembered of a producer so that a resend is answered with the first answer.
package struct ProducerState: Sendable, Equatable {
  package var producer: ProducerID
  package var epoch: UInt64
  /// The last one stored.
  package var sequence: UInt64
  /// Of the last few sequences, ascending, the last being `sequence`; with a position for each.
  package var recentSequences: [UInt64]
  package var recentPositions: [UInt64]

  package init(
    producer: ProducerID, epoch: UInt64, sequence: UInt64, recentSequences: [UInt64], recentPositions: [UInt64]
  ) {
    self.producer = producer
    self.epoch = epoch
    self.sequence = sequence
    self.recentSequences = recentSequences
    self.recentPositions = recentPositions
  }
}

/// One record of the manifest.
package struct ManifestEdit: Sendable, Equatable {
  /// 1, 2, 3, ...
  package var number: UInt64
  package var logID: LogID
  /// Microseconds since 1970 UTC.
  package var time: Int64
  /// Rows up to here are in archive files.
  package var compactedPosition: UInt64
  package var added: [ArchiveFile] = []
  /// Names of archive files.
  package var removed: [String] = []
  /// Ids of segments whose blocks are all archived or trimmed.
  package var releasedSegments: [UInt64] = []
  package var producers: [ProducerState] = []
  package var gaps: [GapRecord] = []
  package var trimmed: [TrimRecord] = []
  /// Those that are set.
  package var cursors: [NamedCursor] = []
  /// Names of those that are no more.
  package var removedCursors: [String] = []
  /// Ids up to here are never given out again; 0: what the other fields say is enough.
  package var highestFileID: UInt64 = 0

  package init(number: UInt64, logID: LogID, time: Int64, compactedPosition: UInt64) {
    self.number = number
    self.logID = logID
    self.time = time
    self.compactedPosition = compactedPosition
  }
}

package struct ArchiveFile: Sendable, Equatable {
  /// Path relative to the data directory.
  package var name: String
  package var model: String
  package var rows: UInt64
  package var bytes: UInt64
  package var firstPosition: UInt64
  package var lastPosition: UInt64
  package var minTime: Int64
  package var maxTime: Int64
  package var rowsHash: UInt64

  package init(
    name: String, model: String, rows: UInt64, bytes: UInt64, firstPosition: UInt64, lastPosition: UInt64,
    minTime: Int64, maxTime: Int64, rowsHash: UInt64
  ) {
    self.name = name
    self.model = model
    self.rows = rows
    self.bytes = bytes
    self.firstPosition = firstPosition
    self.lastPosition = lastPosition
    self.minTime = minTime
    self.maxTime = maxTime
    self.rowsHash = rowsHash
  }
}

package struct GapRecord: Sendable, Equatable {
  package var firstPosition: UInt64
  package var lastPosition: UInt64
  package var reason: String

  package init(firstPosition: UInt64, lastPosition: UInt64, reason: String) {
    self.firstPosition = firstPosition
    self.lastPosition = lastPosition
    self.reason = reason
  }
}
