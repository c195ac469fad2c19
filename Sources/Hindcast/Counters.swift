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

    /// Events lost because there was no room or no time, or because a disk lost them:
    /// `droppedQueueFull + droppedOldest + droppedSpoolFull + droppedSpoolDamaged + droppedAtShutdown`.
    public var dropped: Int {
      droppedQueueFull + droppedOldest + droppedSpoolFull + droppedSpoolDamaged + droppedAtShutdown
    }

    /// Events that came while `Configuration.waitingBytes` were waiting, or that gave way before they were in a block.
    public var droppedQueueFull = 0

    /// Events that gave way to newer ones: ``HindcastClient/WhenFull/dropOldest``.
    public var droppedOldest = 0

    /// Events that neither the spool's directory nor memory had room for.
    public var droppedSpoolFull = 0

    /// Events that were in the spool and can't be read any more.
    public var droppedSpoolDamaged = 0

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

    /// Events in memory or in the spool, sent or not, that are neither acknowledged nor given up. After `shutdown`: those
    /// that the spool keeps for the next process.
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

    /// Events that other processes, or earlier lives of this one, left in the spool and this one has taken over. They are
    /// in none of the figures above but those of blocks.
    public var recovered = 0

    /// Of those, events the server has on disk.
    public var recoveredAcknowledged = 0

    /// Of those, events that can't be read any more, or that the server refused for good.
    public var recoveredLost = 0
  }
}
