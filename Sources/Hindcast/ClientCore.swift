internal import HindcastFormat
internal import Synchronization

/// The parts of a client and how they end. The sender's task and the encoder's thread hold it; the client that users
/// hold is apart, so that its release is noticed.
final class ClientCore: Sendable {
  private struct State {
    var isClosed = false
    /// At the last look.
    var acknowledgedBlocks = 0
    var sender: Task<Void, Never>?
  }

  private let configuration: HindcastClient.Configuration
  let recorder: Recorder
  private let budget: MemoryBudget
  private let warnings: WarningLimiter
  private let queue: ChunkQueue
  private let outbox: Outbox
  private let workerEnd = Completion()
  private let state = Mutex(State())
  private let streams = StreamDirectory()

  convenience init(access: ServerAccess, configuration: HindcastClient.Configuration) throws(HindcastError) {
    try self.init(configuration, recording: nil)
    let sender = Sender(to: access, outbox: outbox, configuration: configuration, warnings: warnings)
    state.withLock { $0.sender = Task.detached { await sender.run() } }
  }

  /// Keeps the blocks instead of sending them.
  convenience init(recording: LogRecording, configuration: HindcastClient.Configuration) throws(HindcastError) {
    try self.init(configuration, recording: recording)
    // Nothing ever waits in the outbox; what stands for the sender ends with the close.
    state.withLock { $0.sender = Task {} }
  }

  private init(_ configuration: HindcastClient.Configuration, recording: LogRecording?) throws(HindcastError) {
    self.configuration = configuration
    budget = MemoryBudget(limit: configuration.waitingBytes)
    warnings = WarningLimiter(logger: configuration.logger)
    queue = ChunkQueue(collectionInterval: configuration.flushInterval)
    var random = SystemRandomNumberGenerator()
    let streams = streams
    let outbox = Outbox(
      producer: ProducerID(low: random.next(), high: random.next()),
      epoch: UInt64(max(1, Timestamp.now.microsecondsSince1970)), configuration: configuration, budget: budget,
      onLoss: { streams.add($0) })
    self.outbox = outbox
    recorder =
      configuration.whenFull == .dropOldest
      ? Recorder(budget: budget, queue: queue, warnings: warnings) { outbox.dropOldest(byteCount: $0).freedBytes > 0 }
      : Recorder(budget: budget, queue: queue, warnings: warnings)

    let recorder = recorder
    let limits = BatchLimits(rows: configuration.blockRows, rawBytes: configuration.blockBytes)
    let codec: ByteCodec = configuration.usesZlibOnly ? .zlib : .zstd
    let handlers = blockHandlers(recording)
    let workerEnd = workerEnd
    let isStarted = WorkerThread.start {
      BlockWorker(recorder: recorder, limits: limits, codec: codec, handlers: handlers).run()
      workerEnd.complete()
    }
    guard isStarted else {
      throw HindcastError(.system, "the system has no thread for the encoder; look at its limits (ulimit -u)")
    }
  }

  private func blockHandlers(_ recording: LogRecording?) -> BlockWorker.Handlers {
    let outbox = outbox
    return BlockWorker.Handlers(
      encoded: { block, ticket in
        guard let recording else { return outbox.enqueue(block, ticket: ticket) }
        do throws(FormatError) {
          recording.append(try BlockDecoder.decode(block.bytes))
        } catch {
          preconditionFailure("what the encoder made can't be decoded: \(error.message)")
        }
        outbox.keep(block, ticket: ticket)
      },
      skipped: { outbox.skip(ticket: $0, rowCount: 0) },
      streamsToTellOf: { self.streamsToTellOf() })
  }

  /// All streams, if the server seems to be there: it answered since the last call, or there is nothing it could answer.
  private func streamsToTellOf() -> [EventStream]? {
    let acknowledged = outbox.counts.acknowledgedBlocks
    let isIdle = outbox.isEmpty
    let isThere = state.withLock { state in
      defer { state.acknowledgedBlocks = acknowledged }
      return acknowledged > state.acknowledgedBlocks || isIdle || state.isClosed
    }
    return isThere ? streams.named : nil
  }

  /// The stream of that name, made when it is first asked for.
  func stream(_ kind: EventKind, _ model: String, _ version: String, _ environment: Environment) -> EventStream {
    let stream = streams.stream(StreamKey(kind: kind, model: model, version: version, environment: environment))
    if let problem = stream.problem {
      warnings.warn(.rejected, "events of model '\(model.prefix(64))' will be rejected: \(problem)")
    }
    return stream
  }

  func flush(within limit: Duration?) async throws {
    if state.withLock({ $0.isClosed }) {
      throw HindcastError(.shutDown, "flush after shutdown: the client is shut down; make a new one")
    }
    let isSettled = await settle(within: limit)
    try Task.checkCancellation()
    if !isSettled, let limit {
      throw HindcastError(
        .deadlineExceeded,
        "the server has not acknowledged \(counters.waiting) events within \(limit); they stay and are sent later")
    }
  }

  /// Whether all that was logged before the call was dealt with before the time ran out or the task was cancelled.
  private func settle(within limit: Duration?) async -> Bool {
    let outbox = outbox
    let queue = queue
    guard let limit else {
      await outbox.waitUntilSettled(await queue.collect())
      return !Task.isCancelled
    }
    return await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        await outbox.waitUntilSettled(await queue.collect())
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
    recorder.close()
    let sender = state.withLock { state in
      state.isClosed = true
      return state.sender.take()
    }
    // A second shutdown has nothing to end, and the first one counts what is left.
    guard let sender else { return }
    _ = await settle(within: deadline)
    outbox.close()
    let rest = max(clock.now.duration(to: end), .milliseconds(100))
    let stopper = Task.detached {
      try? await Task.sleep(for: rest)
      sender.cancel()
    }
    await sender.value
    stopper.cancel()
    queue.stop()
    await workerEnd.wait()
    await outbox.finishSpool(within: max(clock.now.duration(to: end), .milliseconds(500)))
    outbox.abandon(unencoded: [], lastTicket: .max)
  }

  /// When the user's client is released: tries to send what is there, in the background.
  func abandonLater() {
    if state.withLock({ $0.sender == nil }) { return }
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
    counters.droppedOldest = counts.droppedOldest
    counters.droppedSpoolFull = counts.droppedSpoolFull
    counters.droppedSpoolDamaged = counts.droppedSpoolDamaged
    counters.droppedBytes = counts.droppedBytes
    counters.recovered = counts.recovered
    counters.recoveredAcknowledged = counts.recoveredAcknowledged
    counters.recoveredLost = counts.recoveredLost
    counters.sent = counts.sent
    counters.resent = counts.resent
    counters.acknowledgedBlocks = counts.acknowledgedBlocks
    counters.acknowledgedBytes = counts.acknowledgedBytes
    counters.connections = counts.connections
    counters.waitingBytes = budget.reservedBytes
    for stream in streams.all {
      counters.droppedQueueFull += stream.losses[.queueFull].total
      counters.droppedAtShutdown += stream.losses[.shutdown].total
      counters.droppedBytes += stream.losses.droppedBytes
      counters.rejectedInvalid += stream.losses[.rejected].total
      counters.sampledOut += stream.losses[.sampledOut].total
    }
    counters.logged = recorder.lanes.loggedCount
    return counters
  }
}
