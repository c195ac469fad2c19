internal import HindcastStorage

/// Many seeds on some threads of its own.
package final class SimulationBatch: Sendable {
  package struct Failure: Sendable {
    package var seed: UInt64
    package var message: String
  }

  package struct State: Sendable {
    package var seedsDone = 0
    package var counts = SimulationCounts()
    /// In the order of seeds.
    package var failures: [Failure] = []
    package var isDone = false
    fileprivate var nextSeed: UInt64
    fileprivate var threadsRunning: Int
    fileprivate var mayStart = true
  }

  private let simulation: Simulation
  private let lastSeed: UInt64
  private let stopsAtFailure: Bool
  private let state: Monitor<State>
  private let threadCount: Int

  /// After a failure no further seeds are begun, if it `stopsAtFailure`.
  package init(_ simulation: Simulation, seeds: ClosedRange<UInt64>, threads: Int, stopsAtFailure: Bool) {
    self.simulation = simulation
    self.stopsAtFailure = stopsAtFailure
    lastSeed = seeds.upperBound
    threadCount = threads
    state = Monitor(State(nextSeed: seeds.lowerBound, threadsRunning: threads))
  }

  /// Begins; returns at once.
  package func start() { for _ in 0..<threadCount { _ = DedicatedThread { [self] in work() } } }

  package var progress: State { state.withLock { $0 } }

  /// Blocks until all is done.
  package func wait() -> State { state.wait { $0.isDone ? $0 : nil } }

  private func work() {
    while let seed = take() {
      let result = simulation.run(seed: seed)
      state.signal { state in
        state.seedsDone += 1
        state.counts.add(result.counts)
        if let failure = result.failure {
          state.failures.append(Failure(seed: seed, message: failure.message))
          state.failures.sort { $0.seed < $1.seed }
          if stopsAtFailure { state.mayStart = false }
        }
      }
    }
    state.signal {
      $0.threadsRunning -= 1
      if $0.threadsRunning == 0 { $0.isDone = true }
    }
  }

  private func take() -> UInt64? {
    state.withLock { state in
      guard state.mayStart, state.nextSeed <= lastSeed else { return nil }
      state.nextSeed += 1
      return state.nextSeed - 1
    }
  }
}
