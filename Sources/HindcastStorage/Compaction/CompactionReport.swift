/// What a compaction did.
package struct CompactionReport: Sendable, Equatable {
  /// Segments whose blocks are all archived now.
  package var segmentsReleased = 0
  package var blocksRead = 0
  package var rowsRead: UInt64 = 0
  package var rowsWritten: UInt64 = 0
  package var exactDuplicatesDropped: UInt64 = 0
  /// Payload bytes of the blocks read.
  package var bytesRead: UInt64 = 0
  /// Archive files as they lie on the disk.
  package var filesWritten = 0
  package var bytesWritten: UInt64 = 0
  /// Damaged blocks that could not be archived; recorded as gaps, their segments set aside under `torn/`.
  package var gaps = 0
  package var compactedPosition: UInt64 = 0

  package init() {}
}

/// Where a compaction stands, for people who watch it.
package struct CompactionProgress: Sendable, Equatable {
  package enum Phase: Sendable, Equatable { case reading, writing, verifying, committed }

  package var phase: Phase
  /// Blocks that have been read, of those there were at the start.
  package var blocksDone: Int
  package var blocksTotal: Int
  package var report: CompactionReport
}
