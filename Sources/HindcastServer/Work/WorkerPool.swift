internal import Dispatch
internal import Synchronization

/// A fixed number of threads for work that computes or waits for a disk, so that neither the event loops nor Swift's
/// cooperative threads do. Jobs start in the order they came.
///
/// What waits is bounded by whoever submits: blocks by admission, reads by the limit on reads.
final class WorkerPool: Sendable {
  private struct State {
    /// From `first` on, in order; what lies before has been taken and is nil, so that it holds no memory.
    var waiting: [(@Sendable () -> Void)?] = []
    var first = 0
    var idle: [Int]

    mutating func takeWaiting() -> (@Sendable () -> Void)? {
      guard first < waiting.count else {
        waiting.removeAll(keepingCapacity: true)
        first = 0
        return nil
      }
      let job = waiting[first].take()
      first += 1
      // Keeps the taken prefix from growing under steady load.
      if first >= 64 {
        waiting.removeFirst(first)
        first = 0
      }
      return job
    }
  }

  /// A serial queue has a thread of its own while it works, beside the ones that Swift's tasks share.
  private let queues: [DispatchQueue]
  private let state: Mutex<State>

  init(name: String, threads: Int) {
    queues = (0..<threads).map { DispatchQueue(label: "hindcast.\(name).\($0)") }
    state = Mutex(State(idle: Array(0..<threads)))
  }

  func submit(_ job: @escaping @Sendable () -> Void) {
    let worker = state.withLock { state -> Int? in
      state.waiting.append(job)
      return state.idle.popLast()
    }
    if let worker { queues[worker].async { self.work(worker) } }
  }

  private func work(_ worker: Int) {
    while true {
      let job = state.withLock { state -> (@Sendable () -> Void)? in
        let job = state.takeWaiting()
        if job == nil { state.idle.append(worker) }
        return job
      }
      guard let job else { return }
      job()
    }
  }

  /// Runs `body` on one of the threads and suspends the caller until it is done.
  func run<Success: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Success
  ) async throws(Failure) -> Success {
    let result: Result<Success, Failure> = await withCheckedContinuation { continuation in
      submit {
        do throws(Failure) {
          continuation.resume(returning: .success(try body()))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }
}
