internal import Synchronization

extension LogStore {
  /// Archives everything that is durable now: seals the active segment, then turns sealed segments into archive files.
  /// Appends and reads go on meanwhile. Blocks the calling thread, for long: call it from a thread of its own.
  ///
  /// `progress` is called on that thread. Throws `.busy` if a compaction is running, `.closed` if the store is read only;
  /// after any other error the log is as it was after the last `committed` that `progress` told of.
  package func compact(progress: ((CompactionProgress) -> Void)? = nil) throws(StorageError) -> CompactionReport {
    guard mode == .exclusive else { throw StorageError(.closed, "\(directory.path) is open for reading only") }
    let report: Result<CompactionReport, StorageError>? = manifest.withLockIfAvailable { manifest in
      do throws(StorageError) {
        guard manifest != nil else { throw StorageError(.closed, "\(directory.path) is open for reading only") }
        sealActiveSegment()
        var compaction = Compaction(self, progress: progress)
        return .success(try compaction.run(&manifest!))
      } catch {
        return .failure(error)
      }
    }
    guard let report else {
      throw StorageError(.busy, "\(directory.path): a compaction is running; wait until it has ended")
    }
    return try report.get()
  }
}
