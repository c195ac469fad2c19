internal import HindcastFormat
internal import Synchronization

/// Collects the events of one stream (kind, model, version, environment) into columns and hands them on as blocks.
///
/// The lock is held while one event is appended or a block is taken out; never while anything is encoded, sent or logged.
final class StreamBatcher: Sendable {
  let stream: StreamKey
  /// Why this stream can't be logged to; nil: it can.
  private let problem: String?
  private let limits: BatchLimits
  private let budget: MemoryBudget
  private let intake: EncodeQueue
  private let warnings: WarningLimiter
  private let state: Mutex<BatchState>

  init(
    stream: StreamKey, problem: String?, limits: BatchLimits, budget: MemoryBudget, intake: EncodeQueue,
    warnings: WarningLimiter
  ) {
    self.stream = stream
    self.problem = problem
    self.limits = limits
    self.budget = budget
    self.intake = intake
    self.warnings = warnings
    state = Mutex(BatchState(stream: stream))
  }

  /// Appends one event. `id` nil: one is made, of the present time. `time` nil: now.
  func append(_ id: EventID?, _ time: Timestamp?, _ fields: EventFields) -> EventID {
    let now = id == nil || time == nil ? Timestamp.now : Timestamp(microsecondsSince1970: 0)
    let (id, complaint) = state.withLock { state in
      let id = id ?? EventID(.generated(state.identifiers.next(at: now)))
      return (id, append(id, (time ?? now).microsecondsSince1970, fields, to: &state))
    }
    if let complaint { warn(complaint) }
    return id
  }

  private func append(_ id: EventID, _ time: Int64, _ fields: EventFields, to state: inout BatchState) -> Complaint? {
    state.counts.logged += 1
    if let problem {
      state.counts.rejectedInvalid += 1
      return .rejected(problem)
    }
    if state.isClosed {
      state.counts.droppedAtShutdown += 1
      return .shutDown
    }
    // A fresh block takes every event but one with more fields than a block has columns.
    for _ in 0..<2 {
      switch state.fit(id, fields) {
      case .fits(let byteCount):
        guard budget.reserve(byteCount) else {
          state.counts.droppedQueueFull += 1
          state.counts.droppedBytes += byteCount
          return .queueFull
        }
        state.append(id, time, fields, byteCount: byteCount)
        if state.rowCount == 1 {
          state.firstRowNanoseconds = MonotonicClock.nowNanoseconds
          intake.expectBlock(by: state.firstRowNanoseconds + limits.flushNanoseconds)
        }
        if state.rowCount >= limits.rows || state.rawBytes >= limits.rawBytes { take(&state) }
        return nil
      case .needsNewBlock:
        if state.rowCount > 0 { take(&state) }
        state.startOver()
      case .rejected(let reason):
        state.counts.rejectedInvalid += 1
        return .rejected(reason)
      }
    }
    state.counts.rejectedInvalid += 1
    return .rejected("it has more fields than the \(Limits.columnsMax) columns of a block")
  }

  /// Hands on what has been collected, whatever its size.
  func takeAll() {
    state.withLock { state in
      if state.rowCount > 0 { take(&state) }
    }
  }

  /// Hands on what has waited long enough, and says when the next is due; nil: nothing waits.
  func takeDue(at now: UInt64) -> UInt64? {
    state.withLock { state in
      guard state.rowCount > 0 else { return nil }
      let due = state.firstRowNanoseconds + limits.flushNanoseconds
      if due > now { return due }
      take(&state)
      return nil
    }
  }

  /// From now on events are dropped. What has been collected is handed on.
  func close() {
    state.withLock { state in
      state.isClosed = true
      if state.rowCount > 0 { take(&state) }
    }
  }

  var counts: BatchCounts { state.withLock { $0.counts } }

  private func take(_ state: inout BatchState) {
    let rawBytes = state.rawBytes
    intake.enqueue(CollectedBlock(block: state.take(), rawBytes: rawBytes, source: ObjectIdentifier(self)))
  }

  /// Why an event is lost. Its text is made only when it is logged: a full queue must not make `log` slower.
  private enum Complaint {
    case rejected(String)
    case queueFull
    case shutDown
  }

  private func warn(_ complaint: Complaint) {
    switch complaint {
    case .rejected(let reason):
      warnings.warn(.rejected, "an event of model '\(stream.model)' is rejected: \(reason)")
    case .queueFull:
      warnings.warn(
        .dropped, "events of model '\(stream.model)' are dropped: \(budget.limit) bytes wait for the server already")
    case .shutDown:
      warnings.warn(.dropped, "events of model '\(stream.model)' are dropped: the client is shut down")
    }
  }
}

/// When a block goes out.
struct BatchLimits: Sendable {
  var rows: Int
  var rawBytes: Int
  var flushNanoseconds: UInt64
}

/// What became of a stream's events before they were blocks.
struct BatchCounts: Sendable {
  var logged = 0
  var droppedQueueFull = 0
  var droppedAtShutdown = 0
  var droppedBytes = 0
  var rejectedInvalid = 0
}

/// A block as it leaves the caller's hands.
struct CollectedBlock: Sendable {
  var block: Block
  /// What its events have reserved in the budget.
  var rawBytes: Int
  /// The batcher it came from: blocks of one batcher are encoded by one encoder.
  var source: ObjectIdentifier
}
