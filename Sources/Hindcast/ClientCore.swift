internal import HindcastFormat
internal import Synchronization

/// The parts of a client and how they end. The sender's task and the encoder's thread hold it; the client that users
/// hold is apart, so that its release is noticed.
final class ClientCore: Sendable {
  private struct Streams {
    var batchers: [StreamKey: StreamBatcher] = [:]
    var isClosed = false
    var sender: Task<Void, Never>?
  }

  private let configuration: HindcastClient.Configuration
  private let budget: MemoryBudget
  private let warnings: WarningLimiter
  private let intake = EncodeQueue()
  private let outbox: Outbox
  private let streams = Mutex(Streams())

  /// Streams of one client. A service that makes up model names must not grow without bound.
  private static let streamsMax = 4_096

  init(address: ServerAddress, configuration: HindcastClient.Configuration) throws(HindcastError) {
    self.configuration = configuration
    budget = MemoryBudget(limit: configuration.waitingBytes)
    warnings = WarningLimiter(logger: configuration.logger)
    var random = SystemRandomNumberGenerator()
    outbox = Outbox(
      OutboxState(
        producer: ProducerID(low: random.next(), high: random.next()),
        epoch: UInt64(max(1, Timestamp.now.microsecondsSince1970)),
        blocksInFlightMax: configuration.blocksInFlight, bytesInFlightMax: configuration.bytesInFlight),
      budget: budget)

    let intake = intake
    let handlers = encodeHandlers
    let codec: ByteCodec = configuration.usesZlibOnly ? .zlib : .zstd
    guard WorkerThread.start({ intake.run(codec: codec, handlers) }) else {
      throw HindcastError(.system, "the system has no thread for the encoder; look at its limits (ulimit -u)")
    }
    let sender = Sender(to: address, outbox: outbox, configuration: configuration, warnings: warnings)
    streams.withLock { $0.sender = Task.detached { await sender.run() } }
  }

  /// They hold the core until the thread ends.
  private var encodeHandlers: EncodeQueue.Handlers {
    EncodeQueue.Handlers(
      collectDue: { now in
        let batchers = self.batchers
        return batchers.compactMap { $0.takeDue(at: now) }.min()
      },
      encoded: { block, from in
        self.budget.exchange(from.collected.rawBytes, for: block.bytes.count)
        self.outbox.enqueue(block, ticket: from.ticket)
      },
      failed: { error, from in
        self.budget.release(from.collected.rawBytes)
        self.outbox.skip(ticket: from.ticket, rowCount: from.collected.block.rowCount)
        self.warnings.warn(
          .rejected,
          """
          \(from.collected.block.rowCount) events of model '\(from.collected.block.stream.model)' are rejected: \
          \(error.message)
          """)
      })
  }

  private var batchers: [StreamBatcher] { streams.withLock { Array($0.batchers.values) } }

  /// The batcher of a stream, made when it is first asked for.
  func batcher(_ kind: EventKind, _ model: String, _ version: String, _ environment: Environment) -> StreamBatcher {
    let stream = StreamKey(kind: kind, model: model, version: version, environment: environment)
    let (batcher, problem) = streams.withLock { streams in
      if let present = streams.batchers[stream] { return (present, String?.none) }
      var problem = NameRules.problem(withModel: model, version: version)
      if problem == nil, streams.batchers.count >= Self.streamsMax {
        problem = "the client logs \(Self.streamsMax) models, versions and environments already"
      }
      let batcher = StreamBatcher(
        stream: stream, problem: problem,
        limits: BatchLimits(
          rows: configuration.blockRows, rawBytes: configuration.blockBytes,
          flushNanoseconds: configuration.flushInterval.wholeNanoseconds),
        budget: budget, intake: intake, warnings: warnings)
      if streams.isClosed { batcher.close() }
      // One that only rejects is kept as well, for its counts; beyond the limit its counts are lost, not its warnings.
      if streams.batchers.count < 2 * Self.streamsMax { streams.batchers[stream] = batcher }
      return (batcher, problem)
    }
    if let problem { warnings.warn(.rejected, "events of model '\(model.prefix(64))' will be rejected: \(problem)") }
    return batcher
  }

  func flush(within limit: Duration?) async throws {
    if streams.withLock({ $0.isClosed }) {
      throw HindcastError(.shutDown, "flush after shutdown: the client is shut down; make a new one")
    }
    for batcher in batchers { batcher.takeAll() }
    let isSettled = await settle(intake.lastTicket, within: limit)
    try Task.checkCancellation()
    if !isSettled, let limit {
      throw HindcastError(
        .deadlineExceeded,
        "the server has not acknowledged \(counters.waiting) events within \(limit); they stay and are sent later")
    }
  }

  /// Whether all blocks up to the ticket were dealt with before the time ran out or the task was cancelled.
  private func settle(_ ticket: UInt64, within limit: Duration?) async -> Bool {
    let outbox = outbox
    guard let limit else {
      await outbox.waitUntilSettled(ticket)
      return !Task.isCancelled
    }
    return await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        await outbox.waitUntilSettled(ticket)
        return !Task.isCancelled
      }
      group.addTask {
        try? await Task.sleep(for: limit)
        return false
      }
      let isSettled = await group.next() ?? false
      group.cancelAll()
      return isSettled
    }
  }

  func shutdown(deadline: Duration) async {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: deadline)
    let sender = streams.withLock { streams in
      streams.isClosed = true
      return streams.sender.take()
    }
    for batcher in batchers { batcher.close() }
    // A second shutdown has nothing to end, and the first one counts what is left.
    guard let sender else { return }
    _ = await settle(intake.lastTicket, within: deadline)
    outbox.close()
    let rest = max(clock.now.duration(to: end), .milliseconds(100))
    let stopper = Task.detached {
      try? await Task.sleep(for: rest)
      sender.cancel()
    }
    await sender.value
    stopper.cancel()
    let unencoded = intake.stop()
    for ticketed in unencoded { budget.release(ticketed.collected.rawBytes) }
    outbox.abandon(
      unencoded: unencoded.map { ($0.collected.block.rowCount, $0.collected.rawBytes) }, lastTicket: intake.lastTicket)
  }

  /// When the user's client is released: tries to send what is there, in the background.
  func abandonLater() {
    if streams.withLock({ $0.sender == nil }) { return }
    Task.detached { await self.shutdown(deadline: Self.abandonedDeadline) }
  }

  private static let abandonedDeadline: Duration = .seconds(5)

  func waitForRoom() async {
    await budget.waitUntilReserved(atMost: budget.limit / 2)
  }

  /// Settled events are counted before logged ones, so that the former are never more.
  var counters: HindcastClient.Counters {
    let counts = outbox.counts
    var counters = HindcastClient.Counters()
    counters.acknowledged = counts.acknowledged
    counters.rejectedByServer = counts.rejectedByServer
    counters.rejectedInvalid = counts.rejectedInvalid
    counters.droppedAtShutdown = counts.droppedAtShutdown
    counters.droppedBytes = counts.droppedBytes
    counters.sent = counts.sent
    counters.resent = counts.resent
    counters.acknowledgedBlocks = counts.acknowledgedBlocks
    counters.acknowledgedBytes = counts.acknowledgedBytes
    counters.connections = counts.connections
    counters.waitingBytes = budget.reservedBytes
    for batcher in batchers {
      let counts = batcher.counts
      counters.logged += counts.logged
      counters.droppedQueueFull += counts.droppedQueueFull
      counters.droppedAtShutdown += counts.droppedAtShutdown
      counters.droppedBytes += counts.droppedBytes
      counters.rejectedInvalid += counts.rejectedInvalid
    }
    return counters
  }
}
