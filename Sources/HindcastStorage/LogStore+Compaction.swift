extension LogStore {
  /// Archives everything that is durable now: seals the active segment, then turns sealed segments into archive files.
  /// Appends and reads go on meanwhile. Blocks the calling thread, for long: call it from a thread of its own.
  ///
  /// `progress` is called on that thread. Throws `.busy` if a compaction is running, `.closed` if the store is read only;
  /// after any other error the log is as it was after the last `committed` that `progress` told of.
  package func compact(progress: ((CompactionProgress) -> Void)? = nil) throws(StorageError) -> CompactionReport {
    guard let manifest else { throw StorageError(.closed, "\(directory.path) is open for reading only") }
    return try manifest.journalJob(.compaction) { () throws(StorageError) in
      sealActiveSegment()
      var compaction = Compaction(self, manifest, progress: progress)
      return try compaction.run()
    }
  }
}
