extension OutboxState {
  /// What became of blocks and their events. Events are those of this process, but for the `recovered`.
  struct Counts: Sendable, Equatable {
    var acknowledged = 0
    var rejectedByServer = 0
    /// Events that the encoder found to break a rule.
    var rejectedInvalid = 0
    var droppedAtShutdown = 0
    /// In blocks that gave way to newer ones.
    var droppedOldest = 0
    var droppedSpoolFull = 0
    var droppedSpoolDamaged = 0
    var droppedBytes = 0
    var sent = 0
    var resent = 0
    /// Of all blocks, whoever logged them and whatever they hold.
    var acknowledgedBlocks = 0
    var acknowledgedBytes = 0
    var connections = 0
    /// Found in spools that others left, and what became of them.
    var recovered = 0
    var recoveredAcknowledged = 0
    var recoveredLost = 0
  }
}
