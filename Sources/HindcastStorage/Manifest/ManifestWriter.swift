internal import HindcastFormat
internal import Synchronization

/// The manifest of a log that is open for writing. Whoever changes what the log consists of comes here: an edit is made from
/// the state that stands, made durable, and told to readers, before the next one is made.
///
/// The lock is held for one edit, never for a whole job, so that a cursor is not set minutes later because a compaction
/// runs. What makes a job safe is that it alone does what it does: work on the journal's old end, which moves the compacted
/// position, is one job at a time.
final class ManifestWriter: Sendable {
  enum JournalJob: String, Sendable {
    case compaction
    case trimming
  }

  private struct Contents: Sendable {
    /// nil: closed.
    var file: ManifestFile?
    var job: JournalJob?
  }

  private let contents: Monitor<Contents>
  private let directory: DataDirectory
  private let options: LogStoreOptions
  private let state: LogState

  init(_ file: ManifestFile, directory: DataDirectory, options: LogStoreOptions, state: LogState) {
    contents = Monitor(Contents(file: file))
    self.directory = directory
    self.options = options
    self.state = state
  }

  /// Makes one edit. `change` gets the state that stands and an edit that follows it and changes nothing yet; when it
  /// returns true the edit is committed, and then, under the lock of what is shared, `publish` tells readers.
  ///
  /// Throws what `change` throws, `.closed`, `.diskFull` (nothing was changed), and `.io` when it is not known whether the
  /// edit is on disk: no more edits are made then, and nothing may be deleted that the edit would have released.
  func commit(
    _ change: (ManifestState, inout ManifestEdit) throws(StorageError) -> Bool,
    publish: (inout LogState.Shared) -> Void = { _ in }
  ) throws(StorageError) {
    let result: Result<Void, StorageError> = contents.withLock { contents in
      guard var file = contents.file else { return .failure(Self.closed(directory)) }
      // Moved out and back, so that its lists are changed in place.
      contents.file = nil
      defer { contents.file = file }
      do throws(StorageError) {
        var edit = file.state.nextEdit(time: options.now())
        guard try change(file.state, &edit) else { return .success(()) }
        try file.append(edit)
        let committed = file.state
        state.shared.withLock { shared in
          shared.manifest = committed
          publish(&shared)
        }
        if file.isLong {
          // What fails here has lost nothing: the edit stands. A manifest that can no longer be used says so next time.
          try? file.rewrite(directory, time: options.now())
          let rewritten = file.state
          state.shared.withLock { $0.manifest = rewritten }
        }
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// Runs a job on the journal's old end. Waits for one that trims, which takes moments; throws `.busy` if a compaction is
  /// running, `.closed`.
  func journalJob<Value>(
    _ job: JournalJob, _ body: () throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    let begun: Result<Void, StorageError> = contents.wait { contents in
      if contents.file == nil { return .failure(Self.closed(directory)) }
      switch contents.job {
      case nil:
        contents.job = job
        return .success(())
      case .trimming: return nil
      case .compaction:
        return .failure(
          StorageError(.busy, "\(directory.path): a compaction is running; wait until it has ended"))
      }
    }
    try begun.get()
    defer { contents.signal { $0.job = nil } }
    return try body()
  }

  /// Waits for the job that runs, which ends within moments once the store is marked as closed; then no more edits.
  func close() {
    contents.wait { contents -> Void? in
      if contents.job != nil { return nil }
      contents.file = nil
      return ()
    }
  }

  private static func closed(_ directory: DataDirectory) -> StorageError {
    StorageError(.closed, "\(directory.path) is closed, or open for reading only")
  }
}
