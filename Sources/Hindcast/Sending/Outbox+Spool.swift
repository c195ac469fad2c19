internal import HindcastFormat
internal import Logging
internal import Synchronization

extension Outbox {
  /// An outbox that does what the configuration says when memory is full. With a spool its thread runs until `finishSpool`.
  convenience init(
    producer: ProducerID, epoch: UInt64, configuration: HindcastClient.Configuration, budget: MemoryBudget,
    disk: any SpoolDisk = PosixSpoolDisk(), onLoss: @escaping @Sendable ([LostRows]) -> Void = { _ in }
  ) {
    var state = OutboxState(
      producer: producer, epoch: epoch, blocksInFlightMax: configuration.blocksInFlight,
      bytesInFlightMax: configuration.bytesInFlight)
    guard case .spool(let options) = configuration.whenFull else {
      self.init(state, budget: budget, onLoss: onLoss)
      return
    }
    state.spool = SpoolRoom(
      bytesMax: options.bytesMax, windowBytes: min(configuration.bytesInFlight, budget.limit / 4))
    var random = SystemRandomNumberGenerator()
    let number = state.openSpool(producer: ProducerID(low: random.next(), high: random.next()), epoch: epoch)
    let signal = SpoolSignal()
    self.init(state, budget: budget, spoolSignal: signal, onLoss: onLoss)
    let logger = configuration.logger
    let hasThread = SpoolThread.start(options, disk, self, signal) { logger.warning("\($0)") }
    if hasThread { return }
    logger.warning("the spool is off, new events wait in memory only: the system has no thread for it (ulimit -u)")
    change {
      $0.closeSpool(number)
      // Nothing was written, so nothing of it is looked for.
      $0.spool = nil
    }
    signal.end()
  }

  /// Has the spool write what there is, and ends its thread. No longer than the limit.
  func finishSpool(within limit: Duration) async { await spoolSignal?.stop(within: limit) }

  // What the spool's thread asks and tells. Only what changes who may go on goes through `change`.

  var spoolViews: [OutboxState.SpoolView] { shared.withLock { $0.state.spoolViews } }

  func takeUnwritten(_ number: Int, bytesMax: Int) -> (writes: [SpoolWrite], durableIndex: UInt64) {
    shared.withLock { ($0.state.takeUnwritten(number, bytesMax: bytesMax), $0.state.durableIndex(number)) }
  }

  func takeWanted(_ number: Int, bytesMax: Int) -> [SpoolRead] {
    shared.withLock { $0.state.takeWanted(number, bytesMax: bytesMax) }
  }

  func becameDurable(_ number: Int, _ places: [(index: UInt64, place: SpoolPlace)], usedBytes: Int) {
    let isMemoryShort = isMemoryShort
    change { state in
      state.spool?.usedBytes = usedBytes
      state.becameDurable(number, places, isMemoryShort: isMemoryShort)
    }
  }

  func wereRead(_ number: Int, _ outcomes: [SpoolOutcome]) {
    change { state in
      for outcome in outcomes {
        if let loss = outcome.loss {
          state.isLost(number, outcome.index, loss, report: outcome.held)
        } else {
          state.wasRead(number, outcome.index, outcome.held)
        }
      }
    }
  }

  func measured(usedBytes: Int) {
    shared.withLock { $0.state.spool?.usedBytes = usedBytes }
  }
}
