internal import HindcastFormat

/// Blocks on their way from the batchers to the outbox, encoded one after the other on a thread of our own.
///
/// Each block gets a ticket, 1, 2, 3, ...; blocks leave in the order of their tickets.
final class EncodeQueue: Sendable {
  private struct State {
    var waiting = FIFO<Ticketed>()
    var lastTicket: UInt64 = 0
    /// When some batcher's events have waited long enough; nil: none waits.
    var nextDue: UInt64?
    var isStopped = false
  }

  struct Ticketed: Sendable {
    var ticket: UInt64
    var collected: CollectedBlock
  }

  private enum Work {
    case encode(Ticketed)
    case collectDue
    case stop
  }

  private let state = WaitableState(State())

  /// What the thread calls. They keep the client's core alive, so they are dropped when the thread ends.
  struct Handlers: Sendable {
    /// Takes the blocks that are due, and says when the next will be; nil: none waits.
    var collectDue: @Sendable (_ now: UInt64) -> UInt64?
    var encoded: @Sendable (_ block: EncodedBlock, _ from: Ticketed) -> Void
    var failed: @Sendable (_ error: FormatError, _ from: Ticketed) -> Void
  }

  /// Never blocks for longer than it takes to append to a queue. Returns the block's ticket.
  @discardableResult
  func enqueue(_ collected: CollectedBlock) -> UInt64 {
    state.withLock { state in
      state.lastTicket += 1
      state.waiting.append(Ticketed(ticket: state.lastTicket, collected: collected))
      return (state.lastTicket, true)
    }
  }

  /// Makes the thread look for due blocks at that moment of `MonotonicClock`.
  func expectBlock(by due: UInt64) {
    state.withLock { state in
      if let nextDue = state.nextDue, nextDue <= due { return ((), false) }
      state.nextDue = due
      return ((), true)
    }
  }

  /// The ticket of the last block handed in.
  var lastTicket: UInt64 { state.withLock { ($0.lastTicket, false) } }

  /// Ends the thread after the block it is encoding. Returns what is left, never to be encoded.
  func stop() -> [Ticketed] {
    state.withLock { state in
      state.isStopped = true
      var rest: [Ticketed] = []
      while let next = state.waiting.popFirst() { rest.append(next) }
      return (rest, true)
    }
  }

  /// The body of the thread.
  func run(codec: ByteCodec, _ handlers: Handlers) {
    var encoders: [ObjectIdentifier: BlockEncoder] = [:]
    while true {
      switch nextWork() {
      case .stop: return
      case .collectDue:
        if let due = handlers.collectDue(MonotonicClock.nowNanoseconds) { expectBlock(by: due) }
      case .encode(let ticketed):
        let source = ticketed.collected.source
        if encoders[source] == nil, encoders.count >= Self.encodersMax { encoders.removeAll() }
        let encoder = encoders[source] ?? BlockEncoder(effort: .ingest, codec: codec)
        encoders[source] = encoder
        do throws(FormatError) {
          handlers.encoded(try encoder.encode(ticketed.collected.block), ticketed)
        } catch {
          handlers.failed(error, ticketed)
        }
      }
    }
  }

  private static let encodersMax = 256

  private func nextWork() -> Work {
    state.wait { state in
      if state.isStopped { return .done(.stop) }
      // Due blocks first: a busy stream must not keep a quiet one's events waiting.
      if let due = state.nextDue, due <= MonotonicClock.nowNanoseconds {
        state.nextDue = nil
        return .done(.collectDue)
      }
      if let next = state.waiting.popFirst() { return .done(.encode(next)) }
      return .wait(until: state.nextDue)
    }
  }
}
