internal import HindcastFormat

/// How the spool's thread is told that something has changed, and how its end is waited for.
final class SpoolSignal: Sendable {
  private struct State {
    var isDirty = true
    var isStopping = false
    var hasEnded = false
    /// Whoever waits for the end has waited long enough.
    var isGivenUp = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  enum Call { case work, stop }

  private let state = WaitableState(State())

  func wake() {
    state.withLock { state in
      defer { state.isDirty = true }
      return ((), !state.isDirty)
    }
  }

  /// For the thread: waits until something has changed, or until a moment of `MonotonicClock`.
  func wait(until moment: UInt64) -> Call {
    state.wait { state in
      if state.isStopping { return .done(.stop) }
      if state.isDirty || MonotonicClock.nowNanoseconds >= moment {
        state.isDirty = false
        return .done(.work)
      }
      return .wait(until: moment)
    }
  }

  /// For the thread: it is about to end.
  func end() {
    let waiters = state.withLock { state in
      state.hasEnded = true
      defer { state.waiters = [] }
      return (state.waiters, false)
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Ends the thread once it has written what there is. Waits for that no longer than `limit`: a disk may hang.
  func stop(within limit: Duration) async {
    state.withLock { state in
      state.isStopping = true
      return ((), true)
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.waitForEnd() }
      group.addTask {
        try? await Task.sleep(for: limit)
        self.releaseWaiters()
      }
      await group.next()
      group.cancelAll()
      releaseWaiters()
    }
  }

  private func waitForEnd() async {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        let isOver = state.hasEnded || state.isGivenUp
        if !isOver { state.waiters.append(continuation) }
        return (isOver, false)
      }
      if hasEnded { continuation.resume() }
    }
  }

  private func releaseWaiters() {
    let waiters = state.withLock { state in
      state.isGivenUp = true
      defer { state.waiters = [] }
      return (state.waiters, false)
    }
    for waiter in waiters { waiter.resume() }
  }
}

/// The thread that the spool has for itself.
enum SpoolThread {
  /// Returns false if the system has no thread. It holds the outbox until `SpoolSignal.stop`.
  static func start(
    _ options: HindcastClient.SpoolOptions, _ disk: any SpoolDisk, _ outbox: Outbox, _ signal: SpoolSignal,
    warn: @escaping @Sendable (String) -> Void
  ) -> Bool {
    WorkerThread.start {
      let worker = SpoolWorker(
        directory: options.directory, fileBytes: SpoolLimits.fileBytes(of: options.bytesMax), disk, outbox, warn: warn)
      var next = worker.step(now: MonotonicClock.nowNanoseconds)
      while signal.wait(until: next) == .work { next = worker.step(now: MonotonicClock.nowNanoseconds) }
      worker.finish(now: MonotonicClock.nowNanoseconds)
      signal.end()
    }
  }
}
