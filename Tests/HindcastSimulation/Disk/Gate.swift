internal import HindcastStorage

/// Makes the journal's thread take the same groups in every run. It takes whatever has gathered while it was writing, which
/// would depend on how fast two threads are. So the driver arms the gate and submits one block; the thread stops at its first
/// disk call, with that block in hand; the driver submits the others, opens the gate, and they become the next group. It goes on
/// when the thread has gone to sleep, since that writes even when all blocks are answered.
package final class Gate: Sendable {
  private enum Position { case open, armed, holding }

  private struct State {
    var position = Position.open
    /// How often the journal's thread has gone to sleep.
    var rests = 0
  }

  private let state = Monitor(State())

  package init() {}

  /// Every disk call comes by here.
  func pass() {
    let isOpen = state.withLock { $0.position == .open }
    if isOpen { return }
    state.signal { $0.position = $0.position == .armed ? .holding : $0.position }
    state.wait { $0.position == .open ? () : nil }
  }

  /// The next disk call will be held. Nobody makes one at this moment.
  func arm() { state.signal { $0.position = .armed } }

  func open() { state.signal { $0.position = .open } }

  /// The journal's thread goes to sleep.
  func noteRest() { state.signal { $0.rests += 1 } }

  var rests: Int { state.withLock { $0.rests } }

  /// Sleeps until a call is held (true) or the journal's thread has gone to sleep without one.
  func waitForCall(orRestAfter rests: Int) -> Bool {
    state.wait { $0.position == .holding ? true : $0.rests > rests ? false : nil }
  }

  func waitForRest(after rests: Int) { state.wait { $0.rests > rests ? () : nil } }
}
