internal import Synchronization

/// Full chunks on their way to the worker, and the moments at which it collects those that are not full.
final class ChunkQueue: Sendable {
  private struct State {
    var waiting = FIFO<Chunk>()
    /// When chunks that are not full are to be collected; nil: nothing was written since the last collection.
    var nextCollection: UInt64?
    var requests: [Request] = []
    var isStopped = false
  }

  /// Somebody waits for a collection: for the number of the last block that comes of it.
  final class Request: Sendable {
    private enum State {
      case open
      case waiting(CheckedContinuation<UInt64, Never>)
      case finished(UInt64)
    }

    private let state = Mutex(State.open)

    /// The first call counts.
    func finish(_ ticket: UInt64) {
      let waiting: CheckedContinuation<UInt64, Never>? = state.withLock { state in
        switch state {
        case .finished: return nil
        case .open:
          state = .finished(ticket)
          return nil
        case .waiting(let continuation):
          state = .finished(ticket)
          return continuation
        }
      }
      waiting?.resume(returning: ticket)
    }

    fileprivate func wait() async -> UInt64 {
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let finished: UInt64? = state.withLock { state in
            if case .finished(let ticket) = state { return ticket }
            state = .waiting(continuation)
            return nil
          }
          if let finished { continuation.resume(returning: finished) }
        }
      } onCancel: {
        finish(0)
      }
    }
  }

  enum Work {
    case chunk(Chunk)
    case collect([Request])
    case stop([Request])
  }

  private let state = WaitableState(State())
  private let collectionNanoseconds: UInt64
  /// A collection is due that has not begun. Set behind a lock; cleared before lanes are looked at, so that whoever
  /// writes to a lane after that sees it cleared.
  private let isExpecting = Atomic<Bool>(false)

  /// Events wait at most `collectionInterval` for a collection.
  init(collectionInterval: Duration) { collectionNanoseconds = collectionInterval.wholeNanoseconds }

  /// Never waits for longer than it takes to append to a queue.
  func put(_ chunk: Chunk) {
    state.withLock { state in
      state.waiting.append(chunk)
      return ((), true)
    }
  }

  /// Says that something is written to a chunk.
  @inline(__always)
  func expectCollection() {
    if !isExpecting.load(ordering: .relaxed) { beginExpecting() }
  }

  private func beginExpecting() {
    let due = MonotonicClock.nowNanoseconds + collectionNanoseconds
    isExpecting.store(true, ordering: .relaxed)
    state.withLock { state in
      if state.nextCollection == nil { state.nextCollection = due }
      return ((), true)
    }
  }

  /// Collects at once what was logged before the call, and returns the number of the last block that came of it; 0 after
  /// the end, or if the task is cancelled.
  func collect() async -> UInt64 {
    let request = Request()
    let isStopped = state.withLock { state in
      if !state.isStopped { state.requests.append(request) }
      return (state.isStopped, true)
    }
    return isStopped ? 0 : await request.wait()
  }

  /// Collects once more for those who wait still, since a thread was writing all the time; without any, in a while.
  func collectAgain(for requests: [Request]) {
    expectCollection()
    state.withLock { state in
      state.requests += requests
      return ((), true)
    }
  }

  /// Ends the worker after what it is doing. What is left is its to count.
  func stop() {
    state.withLock { state in
      state.isStopped = true
      return ((), true)
    }
  }

  /// The worker's next piece of work; waits for one.
  func next() -> Work {
    let work: Work = state.wait { state in
      if state.isStopped {
        defer { state.requests = [] }
        return .done(.stop(state.requests))
      }
      // Before further chunks: a busy stream must not keep the events of a quiet one waiting.
      if !state.requests.isEmpty || state.nextCollection.map({ $0 <= MonotonicClock.nowNanoseconds }) == true {
        state.nextCollection = nil
        defer { state.requests = [] }
        return .done(.collect(state.requests))
      }
      if let chunk = state.waiting.popFirst() { return .done(.chunk(chunk)) }
      return .wait(until: state.nextCollection)
    }
    if case .collect = work { isExpecting.store(false, ordering: .sequentiallyConsistent) }
    return work
  }

  /// Full chunks that wait, the oldest first.
  func takeWaiting() -> [Chunk] {
    state.withLock { state in
      var chunks: [Chunk] = []
      while let chunk = state.waiting.popFirst() { chunks.append(chunk) }
      return (chunks, false)
    }
  }

  /// The oldest full chunk that waits, for those who drop it.
  func takeOldest() -> Chunk? { state.withLock { ($0.waiting.popFirst(), false) } }
}
