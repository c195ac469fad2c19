internal import GRPCCore
internal import HindcastFormat
internal import HindcastWire
internal import Synchronization

/// The outbox's state with those who wait for it: the writer of the present stream, and calls of `flush`.
final class Outbox: Sendable {
  fileprivate struct Shared {
    var state: OutboxState
    /// Changes with every stream, so that the writer of an old one can't take blocks that belong to the next.
    var stream: UInt64 = 0
    var writer: CheckedContinuation<Void, Never>?
    var flushes: [UInt64: Flush] = [:]
    var nextFlush: UInt64 = 0
    /// When the server last answered, or the first of the blocks in flight was sent.
    var quietSince: UInt64 = 0
  }

  fileprivate struct Flush {
    var ticket: UInt64
    var continuation: CheckedContinuation<Void, Never>
  }

  private let budget: MemoryBudget
  private let shared: Mutex<Shared>

  init(_ state: OutboxState, budget: MemoryBudget) {
    self.budget = budget
    shared = Mutex(Shared(state: state))
  }

  /// Changes the state, then gives back what it released and wakes whoever that concerns.
  private func change<Result: Sendable>(_ body: (inout OutboxState) -> sending Result) -> Result {
    let (result, released, writer, flushes) = shared.withLock { shared in
      let result = body(&shared.state)
      let writer = shared.state.nextStep == .wait ? nil : shared.writer.take()
      let settled = shared.state.settledTicket
      var flushes: [CheckedContinuation<Void, Never>] = []
      for (number, flush) in shared.flushes where flush.ticket <= settled {
        flushes.append(flush.continuation)
        shared.flushes[number] = nil
      }
      return (result, shared.state.takeReleasedBytes(), writer, flushes)
    }
    if released > 0 { budget.release(released) }
    writer?.resume()
    for flush in flushes { flush.resume() }
    return result
  }

  var counts: OutboxState.Counts { shared.withLock { $0.state.counts } }
  /// Closed, and nothing left to send or to be acknowledged.
  var isFinished: Bool { shared.withLock { $0.state.isClosing && $0.state.queue.isEmpty } }

  /// Nothing waits to be sent or acknowledged.
  var isEmpty: Bool { shared.withLock { $0.state.queue.isEmpty } }

  func enqueue(_ block: EncodedBlock, ticket: UInt64) {
    change { $0.enqueue(block, ticket: ticket) }
  }

  /// A block that went elsewhere and counts as acknowledged.
  func keep(_ block: EncodedBlock, ticket: UInt64) {
    change { $0.keep(block, ticket: ticket) }
  }

  /// A block that can't be encoded: its events are rejected.
  func skip(ticket: UInt64, rowCount: Int) {
    change { $0.skip(ticket: ticket, rowCount: rowCount) }
  }

  /// Everything that comes was handed in: once it is sent the stream is to be closed.
  func close() {
    change { $0.isClosing = true }
  }

  /// Gives up what is left or still comes, and events that were never encoded.
  func abandon(unencoded: [(rowCount: Int, byteCount: Int)], lastTicket: UInt64) {
    change { state in
      for (rowCount, byteCount) in unencoded { state.drop(rowCount: rowCount, byteCount: byteCount) }
      state.abandon(lastTicket: lastTicket)
    }
  }

  /// Waits until all blocks up to the ticket are acknowledged, refused or dropped. Returns early if the task is cancelled.
  func waitUntilSettled(_ ticket: UInt64) async {
    let number = shared.withLock { shared in
      shared.nextFlush += 1
      return shared.nextFlush
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let isNeedless = shared.withLock { shared in
          if shared.state.settledTicket >= ticket || Task.isCancelled { return true }
          shared.flushes[number] = Flush(ticket: ticket, continuation: continuation)
          return false
        }
        if isNeedless { continuation.resume() }
      }
    } onCancel: {
      shared.withLock { $0.flushes.removeValue(forKey: number) }?.continuation.resume()
    }
  }
}

extension Outbox {
  /// Begins a new stream: everything unacknowledged is to be sent again on it. Returns what `next` wants to be given.
  func beginStream() -> UInt64 {
    let (stream, writer) = shared.withLock { shared in
      shared.state.beginStream()
      shared.stream += 1
      return (shared.stream, shared.writer.take())
    }
    writer?.resume()
    return stream
  }

  /// The next block to send, once there is one and room for it in flight; nil: the stream is to be closed, because the
  /// outbox is closing and everything is sent, or another stream began, or the task is cancelled.
  func next(stream: UInt64) async -> AppendRequest? {
    while !Task.isCancelled {
      let (step, request): (OutboxState.Step, AppendRequest?) = shared.withLock { shared in
        let step = shared.step(of: stream)
        guard step == .send else { return (step, nil) }
        if shared.state.sentCount == 0 { shared.quietSince = MonotonicClock.nowNanoseconds }
        return (step, shared.state.takeNext())
      }
      if step == .close { return nil }
      if let request { return request }
      await waitForChange(stream)
    }
    return nil
  }

  private func waitForChange(_ stream: UInt64) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let needless = shared.withLock { shared -> CheckedContinuation<Void, Never>? in
          guard shared.step(of: stream) == .wait, !Task.isCancelled else { return continuation }
          let replaced = shared.writer
          shared.writer = continuation
          return replaced
        }
        needless?.resume()
      }
    } onCancel: {
      shared.withLock { $0.writer.take() }?.resume()
    }
  }

  /// Takes in an answer; answers come in the order of the blocks. nil: it belongs to a stream that is over.
  func take(_ answer: AppendResponse, stream: UInt64) -> OutboxState.Verdict? {
    let isPresent = shared.withLock { shared in
      shared.quietSince = MonotonicClock.nowNanoseconds
      return shared.stream == stream
    }
    guard isPresent else { return nil }
    let now = Timestamp.now.microsecondsSince1970
    return change { $0.take(answer, now: UInt64(max(0, now))) }
  }

  func streamFailed(_ code: RPCError.Code) -> Bool {
    let now = Timestamp.now.microsecondsSince1970
    return change { $0.streamFailed(code, now: UInt64(max(0, now))) }
  }

  /// For how long the server has left blocks unanswered; 0: it owes no answer.
  func silenceNanoseconds(now: UInt64) -> UInt64 {
    shared.withLock { shared in
      shared.state.sentCount > 0 && now > shared.quietSince ? now - shared.quietSince : 0
    }
  }
}

extension Outbox.Shared {
  fileprivate func step(of stream: UInt64) -> OutboxState.Step {
    stream == self.stream ? state.nextStep : .close
  }
}
