internal import HindcastWire
internal import Synchronization

/// What the server counts since it started, beside what storage counts. `Status` reports every one by name.
final class ServerCounters: Sendable {
  enum Name: String, CaseIterable {
    case blocksReceived = "blocks_received"
    case plainBlocksEncoded = "plain_blocks_encoded"
    case rejectedChecksum = "rejected_checksum"
    case rejectedOverLimit = "rejected_over_limit"
    case rejectedTruncated = "rejected_truncated"
    case rejectedCorrupt = "rejected_corrupt"
    case rejectedInvalid = "rejected_invalid"
    case rejectedUnsupported = "rejected_unsupported"
    case refusedMemory = "refused_memory"
    case refusedSequenceGap = "refused_sequence_gap"
    case refusedStaleEpoch = "refused_stale_epoch"
    case refusedStorage = "refused_storage"
    case appendStreams = "append_streams"
    case reads = "reads"
    case refusedReads = "refused_reads"
    case refusedConnections = "refused_connections"
    case refusedStreams = "refused_streams"
    case refusedToken = "refused_token"
    case refusedPermission = "refused_permission"
    case failedHandshakes = "failed_handshakes"
    case refusedLargeMessages = "refused_large_messages"
    case waitedForRoom = "waited_for_room"
    case endedSlowMessages = "ended_slow_messages"
    case endedSlowReaders = "ended_slow_readers"
    case closedStalledConnections = "closed_stalled_connections"
    case closedSilentConnections = "closed_silent_connections"
    case closedIdleConnections = "closed_idle_connections"
    case failedAccepts = "failed_accepts"
    case itemsRead = "items_read"
    case bytesRead = "bytes_read"
  }

  private let values = Mutex([UInt64](repeating: 0, count: Name.allCases.count))

  func add(_ name: Name, _ count: UInt64 = 1) {
    values.withLock { $0[Self.index(name)] &+= count }
  }

  subscript(_ name: Name) -> UInt64 { values.withLock { $0[Self.index(name)] } }

  var all: [Counter] {
    let values = values.withLock { $0 }
    return Name.allCases.enumerated().map { Counter(name: $1.rawValue, value: values[$0]) }
  }

  private static let indices = Dictionary(uniqueKeysWithValues: Name.allCases.enumerated().map { ($1, $0) })
  private static func index(_ name: Name) -> Int { indices[name]! }
}
