extension HindcastClient {
  /// What became of the events, at one moment. Every event is in exactly one place:
  /// `logged == acknowledged + sampledOut + dropped + rejected + waiting`.
  public struct Counters: Sendable, Equatable {
    /// Calls of `log` and `actual`.
    public var logged = 0

    /// Events the server has on disk.
    public var acknowledged = 0

    /// Predictions that the sampling left out.
    public var sampledOut = 0

    /// Events lost because there was no room or no time: `droppedQueueFull + droppedAtShutdown`.
    public var dropped: Int { droppedQueueFull + droppedAtShutdown }

    /// Events that came while `Configuration.waitingBytes` were waiting.
    public var droppedQueueFull = 0

    /// Events that came after `shutdown`, or that its deadline cut off. Of those already sent, some may have arrived.
    public var droppedAtShutdown = 0

    /// Events that can't be stored: `rejectedInvalid + rejectedByServer`.
    public var rejected: Int { rejectedInvalid + rejectedByServer }

    /// Events that broke a rule: an empty name, a name twice, a value too large. The log says which.
    public var rejectedInvalid = 0

    /// Events in blocks that the server refused for good.
    public var rejectedByServer = 0

    /// Events sent, each counted once.
    public var sent = 0

    /// Events sent again, after a lost connection or a refusal.
    public var resent = 0

    /// Events in memory, sent or not, that are neither acknowledged nor given up.
    public var waiting: Int { logged - acknowledged - sampledOut - dropped - rejected }

    /// Bytes of memory those take.
    public var waitingBytes = 0

    /// Blocks the server has on disk.
    public var acknowledgedBlocks = 0

    /// Bytes of those blocks, encoded: what was sent and what is stored.
    public var acknowledgedBytes = 0

    /// Bytes that the values of dropped events took, or would have taken, in memory.
    public var droppedBytes = 0

    /// How often a stream to the server was opened.
    public var connections = 0
  }
}
