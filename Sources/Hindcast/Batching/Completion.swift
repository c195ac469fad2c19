internal import Synchronization

/// Something that happens once, and those who wait for it.
final class Completion: Sendable {
  private struct State {
    var isComplete = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func complete() {
    let waiting = state.withLock { state in
      state.isComplete = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isComplete = state.withLock { state in
        if !state.isComplete { state.waiting.append(continuation) }
        return state.isComplete
      }
      if isComplete { continuation.resume() }
    }
  }
}
