internal import HindcastFormat
internal import Synchronization

/// What the journal's thread, compaction and cursors share. Behind one lock, held for moments: nobody does I/O under it.
final class LogState: Sendable {
  struct Shared: Sendable {
    var manifest: ManifestState
    /// In the manifest's order.
    var archives: [FileIndex]
    /// Ascending by position.
    var sealed: [FileIndex]
    var active: ActiveIndex?
    var durablePosition: UInt64
    var counters: StorageCounters
    /// Set once, by the first failed write or fsync.
    var failure: StorageError?
    var isClosed = false
    var producerCount = 0
    /// Of each fsync of a group; blocks and bytes of each group.
    var syncMicroseconds = Histogram()
    var groupBlocks = Histogram()
    var groupBytes = Histogram()
    /// The highest file id given out.
    var highestFileID: UInt64
  }

  /// The index of the segment that is being written: in memory only, derived, never evidence.
  struct ActiveIndex: Sendable {
    var id: UInt64
    var file: RetainedFile
    var firstPosition: UInt64
    var streams = StreamTable()
    var entries: FrameEntries = []
    var byteCount: UInt64
  }

  let shared: Mutex<Shared>

  init(_ shared: Shared) { self.shared = Mutex(shared) }

  /// Segments and archive files have ids from one counter, so that no two files of a directory share one.
  func takeFileID() -> UInt64 {
    shared.withLock {
      $0.highestFileID += 1
      return $0.highestFileID
    }
  }
}

/// Sums since the store was opened.
package struct StorageCounters: Sendable, Equatable {
  package var blocksAppended: UInt64 = 0
  package var rowsAppended: UInt64 = 0
  /// Payload bytes.
  package var bytesAppended: UInt64 = 0
  package var duplicates: UInt64 = 0
  package var staleEpochs: UInt64 = 0
  package var sequenceGaps: UInt64 = 0
  package var diskFullRefusals: UInt64 = 0
  package var overloadRefusals: UInt64 = 0
  /// Writes with one fsync each.
  package var groups: UInt64 = 0
  package var syncMicroseconds: UInt64 = 0
  /// 1 once a write or an fsync has failed: from then on the journal takes no more blocks.
  package var poisoned: UInt64 = 0
  /// Segments that were prepared before they were needed.
  package var segmentsPrepared: UInt64 = 0
  package var tornTails: UInt64 = 0
  package var tornBytes: UInt64 = 0
  /// Gaps that opening the log found: acknowledged blocks that were damaged. Anything but 0 is an alarm.
  package var gapsFound: UInt64 = 0
  /// Files of another log, and segments with positions that others hold, that lie in this one's folders. They are neither
  /// read nor touched.
  package var foreignFiles: UInt64 = 0
  /// Segments whose index had to be rebuilt from their frames.
  package var rebuiltIndexes: UInt64 = 0
  /// Frames that a read found damaged.
  package var badFramesRead: UInt64 = 0
  /// Blocks of the archive that were not read, because no row of theirs could meet a reader's conditions.
  package var blocksPassedOver: UInt64 = 0
  package var producersEvicted: UInt64 = 0
  package var compactions: UInt64 = 0
  package var rowsCompacted: UInt64 = 0
  package var exactDuplicatesDropped: UInt64 = 0
  /// By retention.
  package var trimmedFiles: UInt64 = 0
  package var trimmedRows: UInt64 = 0
  package var trimmedBytes: UInt64 = 0

  package init() {}

  /// Names and values as `Status` reports them.
  package var named: [(name: String, value: UInt64)] {
    [
      ("blocks_appended", blocksAppended), ("rows_appended", rowsAppended), ("bytes_appended", bytesAppended),
      ("duplicates", duplicates), ("stale_epochs", staleEpochs), ("sequence_gaps", sequenceGaps),
      ("disk_full_refusals", diskFullRefusals), ("overload_refusals", overloadRefusals), ("groups", groups),
      ("sync_microseconds", syncMicroseconds), ("poisoned", poisoned), ("segments_prepared", segmentsPrepared),
      ("torn_tails", tornTails), ("torn_bytes", tornBytes),
      ("gaps_found", gapsFound), ("foreign_files", foreignFiles), ("rebuilt_indexes", rebuiltIndexes),
      ("bad_frames_read", badFramesRead), ("blocks_passed_over", blocksPassedOver),
      ("producers_evicted", producersEvicted), ("compactions", compactions), ("rows_compacted", rowsCompacted),
      ("exact_duplicates_dropped", exactDuplicatesDropped), ("trimmed_files", trimmedFiles),
      ("trimmed_rows", trimmedRows), ("trimmed_bytes", trimmedBytes),
    ]
  }
}
