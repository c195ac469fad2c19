extension HindcastClient {
  /// What gives way when ``Configuration/waitingBytes`` are waiting in memory. Whatever it is, `log` never waits, and every
  /// event that is given up is counted.
  ///
  /// What is lost when, beside that:
  ///
  /// | the process | without a spool | with a spool |
  /// |---|---|---|
  /// | ends after `shutdown` | what the server did not acknowledge within the deadline | nothing: what is left is sent by the next process |
  /// | ends without it (`exit`, SIGTERM without a handler) | what was not acknowledged | what was logged within the last ``Configuration/flushInterval``, and what was not written yet: usually some milliseconds' |
  /// | is killed (SIGKILL, a crash) | the same | the same |
  /// | loses its machine's power | the same | the same, and what the last fsync did not cover |
  /// | forks | the child has no threads, so that it sends and spools nothing: make a client in the child, after the fork. A child that lives on keeps the parent's spool locked, so that nobody takes it over | |
  ///
  /// A service that handles SIGTERM should call `shutdown` there.
  public enum WhenFull: Sendable, Hashable {
    /// New events are dropped until there is room again: what was logged first is kept.
    case dropNewest
    /// Blocks that were never sent are dropped, oldest first: what was logged last is kept. A block that was sent stays,
    /// since the server may have it.
    case dropOldest
    /// Blocks are written to files as well, and leave memory when it is short. Unacknowledged ones are found and sent by
    /// the next process with the same directory, each once. Only when the directory is full too are the newest dropped.
    case spool(SpoolOptions)
  }

  /// Where blocks wait that memory has no room for.
  public struct SpoolOptions: Sendable, Hashable {
    /// A directory on a local file system that outlives the process. It is made if need be. Several processes may share
    /// one: each has files of its own, and takes over those of processes that are gone.
    public var directory: String

    /// Bytes that the files in it take together, at most. Of several processes each looks at the others' every ten seconds.
    public var bytesMax: Int

    /// A spool in a directory.
    public init(directory: String, bytesMax: Int = 1 << 30) {
      self.directory = directory
      self.bytesMax = bytesMax
    }

    /// The same with its number in its bounds.
    var bounded: SpoolOptions { SpoolOptions(directory: directory, bytesMax: max(bytesMax, 1 << 20)) }
  }
}
