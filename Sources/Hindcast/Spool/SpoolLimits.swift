/// What a spool takes at most, beside the bytes that its user allows.
enum SpoolLimits {
  /// Blocks that wait in one producer's files: each has an entry in memory, whose block is on disk.
  static let blocksMax = 1 << 19
  /// Lost blocks of one producer for which a report goes out in their place.
  static let holesMax = 1 << 16
  /// A file that has reached this is followed by another; files are removed whole.
  static func fileBytes(of bytesMax: Int) -> Int { min(max(bytesMax / 16, 64 << 10), 16 << 20) }
  /// Written with one fsync, or read back in one go.
  static let batchBytesMax = 8 << 20
  /// Spools of others that are emptied at the same time.
  static let adoptedMax = 4
  /// Spools of this process that have failed and still have something to send.
  static let closedMax = 4
  /// How often others' spools are looked for, and the directory is measured.
  static let scanNanoseconds: UInt64 = 10_000_000_000
  /// How often a spool that can't be read is tried again before what can't be read counts as lost.
  static let readAttemptsMax = 3
  /// After a disk's error nothing is tried on it for so long.
  static let retryNanoseconds: UInt64 = 30_000_000_000
}
