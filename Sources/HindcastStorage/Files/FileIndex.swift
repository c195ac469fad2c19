internal import HindcastFormat

/// What is known of a segment's or archive file's blocks without reading them. Never changes: cursors share it.
final class FileIndex: Sendable {
  let id: UInt64
  let file: RetainedFile
  let streams: [StreamKey]
  let entries: FrameEntries
  /// Of a segment: all positions it was given, damaged ones too; nil if it has none.
  let positions: ClosedRange<UInt64>?
  let byteCount: UInt64
  /// false: the index was rebuilt from the frames, because the file has no good footer.
  let hasFooter: Bool
  let rowsHash: UInt64

  init(
    id: UInt64, file: RetainedFile, streams: [StreamKey], entries: FrameEntries, positions: ClosedRange<UInt64>?,
    byteCount: UInt64, hasFooter: Bool, rowsHash: UInt64 = 0
  ) {
    self.id = id
    self.file = file
    self.streams = streams
    self.entries = entries
    self.positions = positions
    self.byteCount = byteCount
    self.hasFooter = hasFooter
    self.rowsHash = rowsHash
  }
}
