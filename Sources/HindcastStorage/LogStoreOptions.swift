package import HindcastFormat
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Who fills the next segment's file with zeros before it is needed.
package enum SegmentPreparation: Sendable {
  /// Nobody: segments grow as they are written.
  case off
  /// The thread that writes, in the middle of its work: for tests that need every disk call in a fixed order.
  case inline
  /// A thread of its own.
  case background
}

/// What a log store may use. The defaults are for a server; tests make things small.
package struct LogStoreOptions: Sendable {
  /// A segment is sealed when the next frame would make it larger.
  package var segmentBytesMax = 256 << 20
  /// Bounds a footer and the index in memory when blocks are tiny.
  package var segmentFramesMax = 65_536
  /// Payload bytes written with one fsync.
  package var groupBytesMax = 8 << 20
  /// Payload bytes that wait in memory; what comes on top is refused as overloaded.
  package var queueBytesMax = 256 << 20
  package var queueBlocksMax = 65_536
  /// Appends are refused as disk full when less than this would stay free, so that footers, compaction and the next start
  /// always have room.
  package var freeBytesMin: UInt64 = 64 << 20
  /// Size of a file that is given up when the disk is full to the last byte, so that sealing, opening and deleting go on
  /// even then: other programs do not keep to `freeBytesMin`. 0: no such file.
  package var reserveBytes = 32 << 20
  package var preparation = SegmentPreparation.background
  /// Whether the durable position is written behind the last group when nothing is queued. Without it damage to the very
  /// last group cannot be told from a write that was cut short.
  package var marksWhenIdle = true
  /// Called by the thread that writes when it has done all that it was asked to and is about to sleep; it must not block.
  /// Tests that need every disk call in a fixed order wait for it.
  package var whenIdle: (@Sendable () -> Void)?
  package var producersMax = 100_000
  /// Raw bytes of decoded rows that one step of a compaction holds in memory.
  package var compactionRawBytesMax = 512 << 20
  package var archiveBlockRows = Limits.archiveBlockRows
  package var archiveCodec = ByteCodec.zstd
  /// Microseconds since 1970 UTC.
  package var now: @Sendable () -> Int64 = { systemMicroseconds() }
  /// Microseconds of a clock that only goes forward, for durations.
  package var steadyNow: @Sendable () -> Int64 = { steadyMicroseconds() }

  package init() {}
}

private func systemMicroseconds() -> Int64 { microseconds(of: CLOCK_REALTIME) }
private func steadyMicroseconds() -> Int64 { microseconds(of: CLOCK_MONOTONIC) }

private func microseconds(of clock: clockid_t) -> Int64 {
  var time = timespec()
  clock_gettime(clock, &time)
  return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
}
