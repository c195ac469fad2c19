internal import GRPCCore
internal import HindcastFormat
internal import HindcastStorage
internal import HindcastWire
internal import Logging
internal import Synchronization

/// What all RPC handlers share: the log, the bounds, the threads and the state of the server as a whole.
final class ServerCore: Sendable {
  let store: LogStore
  let limits: ServerLimits
  let softwareVersion: String
  let logger: Logger
  let admission: Admission
  let counters = ServerCounters()
  let gates: TransportGates
  let decoding: DecodeShares
  let reads: OpenReads
  /// What reads are sending, beyond each one's share; and the decoded blocks of those that want them plain.
  let sending: ClaimPool
  let plain: ClaimPool
  let health = HealthState()
  /// Check blocks.
  let validation: WorkerPool
  /// Wait for the disk on behalf of readers.
  let reading: WorkerPool
  /// Reads whole blocks for descriptions: one at a time, since these count nowhere else.
  let describing = WorkerPool(name: "describing", threads: 1)
  let losses = LossLedger()
  private let shuttingDown = Mutex(false)

  init(store: LogStore, configuration: ServerConfiguration, authenticator: Authenticator? = nil) {
    self.store = store
    limits = configuration.limits
    softwareVersion = configuration.softwareVersion
    logger = configuration.logger
    admission = Admission(byteLimit: configuration.limits.admittedBytesMax)
    gates = TransportGates(
      limits: configuration.limits, counters: counters, logger: configuration.logger, authenticator: authenticator)
    decoding = DecodeShares(configuration.limits)
    reads = OpenReads(limit: configuration.limits.readsMax)
    sending = ClaimPool(bytesMax: configuration.limits.sentBytesMax)
    plain = ClaimPool(bytesMax: configuration.limits.plainBytesMax)
    validation = WorkerPool(name: "validation", threads: configuration.limits.validationThreads)
    reading = WorkerPool(name: "reading", threads: configuration.limits.readThreads)
  }

  var intake: BlockIntake { BlockIntake(counters: counters, decoding: decoding) }

  /// Who holds memory for long that others wait for has to let go. Runs until it is cancelled.
  func relieve() async {
    while (try? await Task.sleep(for: min(.seconds(1), limits.scarcePatience / 4))) != nil {
      for pool in [gates.room, gates.largeRoom, sending, plain] { pool.relieve() }
    }
  }

  var isShuttingDown: Bool { shuttingDown.withLock { $0 } }

  func beginShutdown() {
    shuttingDown.withLock { $0 = true }
    health.serve(.notServing)
  }

  /// Streams that are open when the server stops end with this, after everything in flight is answered.
  static let shutdownError = RPCError(
    code: .unavailable, message: "the server is shutting down; connect again and go on after the last answer")

  /// Counts a block that storage did not take.
  func refusal(for error: StorageError) -> Refusal {
    switch error.code {
    case .sequenceGap: counters.add(.refusedSequenceGap)
    case .staleEpoch: counters.add(.refusedStaleEpoch)
    default: counters.add(.refusedStorage)
    }
    notice(error)
    return error.refusal(retryAfterMilliseconds: limits.retryAfterMilliseconds)
  }

  /// What opening the log found, for whoever reads the server's messages. Damage is loud.
  func announceRecovery() {
    let status = store.status()
    let counters = status.counters
    if counters.tornTails > 0 {
      logger.warning(
        "cut off blocks that were being written when the last process ended; none was acknowledged, clients send them again",
        metadata: ["bytes": "\(counters.tornBytes)"])
    }
    if counters.foreignFiles > 0 {
      logger.warning(
        "files of another log, or with positions that other files hold, lie in the data directory; they are not read",
        metadata: ["files": "\(counters.foreignFiles)"])
    }
    if counters.rebuiltIndexes > 0 {
      logger.error(
        "files have lost their footer and were read frame by frame; run hindcast verify",
        metadata: ["files": "\(counters.rebuiltIndexes)"])
    }
    for gap in status.gaps.suffix(Int(clamping: counters.gapsFound)) {
      logger.critical(
        "DAMAGE: acknowledged events are gone; everything else is served, and readers are told of the gap",
        metadata: [
          "positions": "\(gap.positions.lowerBound)-\(gap.positions.upperBound)", "reason": "\(gap.reason)",
        ])
    }
  }

  /// Turns health when the journal takes no more blocks.
  func notice(_ error: StorageError) {
    guard error.code == .journalFailed, health.serve(.notServing) else { return }
    logger.critical("the journal takes no more blocks; restart the server", metadata: ["reason": "\(error.message)"])
  }
}
