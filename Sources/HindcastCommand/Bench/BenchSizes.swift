internal import HindcastFormat
internal import HindcastStorage

/// What an event takes on disk, before and after compaction, beside the plain values.
struct BenchSizes {
  /// As plain arrays: 8 bytes a number or time, 16 an id, texts as they are with 4 bytes for the length.
  var rawBytesPerEvent: Double
  var compactedBytesPerEvent: Double
  var compactionSeconds: Double

  /// Of the log that a benchmark's own server has left. Compacts it.
  init(ofLogIn directory: String, _ progress: ProgressLine) async throws {
    let store = try LogStore.open(directory: directory, mode: .exclusive)
    do {
      rawBytesPerEvent = try Self.rawBytesPerEvent(store)
      let clock = ContinuousClock()
      let began = clock.now
      let report = try store.compact { state in
        let share = state.blocksTotal > 0 ? Double(state.blocksDone) / Double(state.blocksTotal) : nil
        progress.update(Int(clamping: state.report.rowsRead), "rows", share: share)
      }
      compactionSeconds = (clock.now - began).inSeconds
      compactedBytesPerEvent = Double(report.bytesWritten) / Double(max(report.rowsWritten, 1))
      progress.finish()
      try await store.close()
    } catch {
      progress.finish()
      try? await store.close()
      throw error
    }
  }

  private static func rawBytesPerEvent(_ store: LogStore) throws -> Double {
    var cursor = try store.read(ReadQuery())
    var (rows, bytes) = (0, 0)
    // The events repeat, so a few blocks say it.
    while rows < 1 << 17, let item = try cursor.next() {
      guard case .block(let stored) = item else { continue }
      let block = try BlockDecoder.decode(stored.bytes)
      rows += block.rowCount
      bytes += block.rawByteCount
    }
    return Double(bytes) / Double(max(rows, 1))
  }
}
