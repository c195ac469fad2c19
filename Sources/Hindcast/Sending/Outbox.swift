internal import HindcastFormat
internal import Synchronization

/// The outbox's state with those who wait for it: the writer of the present stream, calls of `flush`, and the spool's
/// thread. Nothing here touches a disk; the lock is held for steps of the state only.
final class Outbox: Sendable {
  struct Shared {
    var state: OutboxState
    /// Changes with every stream, so that the writer of an old one can't take blocks that belong to the next.
    var stream: UInt64 = 0
    var writer: CheckedContinuation<Void, Never>?
    fileprivate var flushes: [UInt64: Flush] = [:]
    fileprivate var nextFlush: UInt64 = 0
    /// When the server last answered, or the first of the blocks in flight was sent.
    var quietSince: UInt64 = 0
  }

  fileprivate struct Flush {
    var ticket: UInt64
    var continuation: CheckedContinuation<Void, Never>
  }

  private let budget: MemoryBudget
  /// Told of everything that is given up. Called from whichever thread gave it up, the logging ones included, with no
  /// lock held: it must be quick.
  private let onLoss: @Sendable ([LostRows]) -> Void
  /// Wakes the spool's thread; nil: there is none.
  let spoolSignal: SpoolSignal?
  let shared: Mutex<Shared>

  /// Without a spool, or with one that somebody else works on: `SpoolWorker`.
  init(
    _ state: OutboxState, budget: MemoryBudget, spoolSignal: SpoolSignal? = nil,
    onLoss: @escaping @Sendable ([LostRows]) -> Void = { _ in }
  ) {
    self.budget = budget
    self.onLoss = onLoss
    self.spoolSignal = spoolSignal
    shared = Mutex(Shared(state: state))
  }

  /// Changes the state, then gives back what it released, tells of what it gave up, and wakes whoever that concerns.
  func change<Result: Sendable>(_ body: (inout OutboxState) -> sending Result) -> Result {
    let (result, released, losses, writer, flushes) = shared.withLock { shared in
      let result = body(&shared.state)
      let writer = shared.state.nextStep == .wait ? nil : shared.writer.take()
      var flushes: [CheckedContinuation<Void, Never>] = []
      if !shared.flushes.isEmpty {
        let settled = shared.state.settledTicket
        for (number, flush) in shared.flushes where flush.ticket <= settled {
          flushes.append(flush.continuation)
          shared.flushes[number] = nil
        }
      }
      return (result, shared.state.takeReleasedBytes(), shared.state.takeLosses(), writer, flushes)
    }
    if released != 0 { budget.release(released) }
    if !losses.isEmpty { onLoss(losses) }
    writer?.resume()
    for flush in flushes { flush.resume() }
    spoolSignal?.wake()
    return result
  }

  var counts: OutboxState.Counts { shared.withLock { $0.state.counts } }
  /// Closed, and nothing of this process left to send or to be acknowledged.
  var isFinished: Bool { shared.withLock { $0.state.isClosing && $0.state.isEmpty } }

  /// Nothing of this process waits to be sent or acknowledged.
  var isEmpty: Bool { shared.withLock { $0.state.isEmpty } }

  /// What is logged now may soon not fit into memory.
  var isMemoryShort: Bool { budget.reservedBytes > budget.limit / 2 }

  func enqueue(_ block: EncodedBlock, ticket: UInt64) {
    let isMemoryShort = isMemoryShort
    change { $0.enqueue(block, ticket: ticket, isMemoryShort: isMemoryShort) }
  }

  /// A block that went elsewhere and counts as acknowledged.
  func keep(_ block: EncodedBlock, ticket: UInt64) {
    change { $0.keep(block, ticket: ticket) }
  }

  /// A block that can't be encoded: its events are rejected. `loss`, if given, goes to `onLoss`.
  func skip(ticket: UInt64, rowCount: Int, loss: LostRows? = nil) {
    change { $0.skip(ticket: ticket, rowCount: rowCount, loss: loss) }
  }

  /// Drops whole blocks, oldest first, until so many bytes of memory are free: only those that were never sent, and no
  /// reports. Says how much became free, and what was dropped, which `onLoss` is told as well. A lock, no input or output.
  @discardableResult
  func dropOldest(byteCount: Int) -> (freedBytes: Int, losses: [LostRows]) {
    change { $0.dropOldest(byteCount: byteCount) }
  }

  /// Everything that comes was handed in: once it is sent the stream is to be closed.
  func close() {
    change { $0.isClosing = true }
  }

  /// Gives up what is left or still comes, and events that were never encoded. What the spool has on disk stays there.
  func abandon(unencoded: [LostRows], lastTicket: UInt64) {
    change { state in
      for loss in unencoded { state.drop(loss) }
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
