internal import GRPCCore
internal import HindcastWire
internal import Synchronization

/// What the sender of a stream takes from the outbox and tells it.
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
      let (step, request) = nextStep(stream: stream)
      if step == .close { return nil }
      if let request {
        // What is behind it on disk is to be read in time.
        spoolSignal?.wake()
        return request
      }
      await waitForChange(stream)
    }
    return nil
  }

  /// The next block if there is one and room for it in flight.
  func nextStep(stream: UInt64) -> (OutboxState.Step, AppendRequest?) {
    shared.withLock { shared in
      let step = shared.step(of: stream)
      guard step == .send else { return (step, nil) }
      if shared.state.sentCount == 0 { shared.quietSince = MonotonicClock.nowNanoseconds }
      return (step, shared.state.takeNext())
    }
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
