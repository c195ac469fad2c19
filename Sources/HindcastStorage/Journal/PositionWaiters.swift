internal import Synchronization

/// Tasks that wait for the durable position to pass one they have read.
final class PositionWaiters: Sendable {
  private struct State {
    var durablePosition: UInt64
    var isClosed = false
    var nextID: UInt64 = 0
    var waiting: [UInt64: (after: UInt64, continuation: CheckedContinuation<UInt64, Never>)] = [:]
    /// Cancelled before they came to wait.
    var cancelled: Set<UInt64> = []
  }

  private let state: Mutex<State>

  init(durablePosition: UInt64) { state = Mutex(State(durablePosition: durablePosition)) }

  func wait(after position: UInt64) async -> UInt64 {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer: UInt64? = state.withLock { state in
          if state.durablePosition > position || state.isClosed || state.cancelled.contains(id) {
            return state.durablePosition
          }
          state.waiting[id] = (position, continuation)
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let (waiter, durable) = state.withLock { state in
        if state.waiting[id] == nil { state.cancelled.insert(id) }
        return (state.waiting.removeValue(forKey: id), state.durablePosition)
      }
      waiter?.continuation.resume(returning: durable)
    }
    state.withLock { _ = $0.cancelled.remove(id) }
    return result
  }

  func advance(to position: UInt64) {
    let ready = state.withLock { state in
      state.durablePosition = position
      let ready = state.waiting.filter { $0.value.after < position }
      for id in ready.keys { state.waiting[id] = nil }
      return ready.values.map(\.continuation)
    }
    for each in ready { each.resume(returning: position) }
  }

  /// Everyone goes on with what there is.
  func close() {
    let (all, durable) = state.withLock { state in
      state.isClosed = true
      defer { state.waiting = [:] }
      return (state.waiting.values.map(\.continuation), state.durablePosition)
    }
    for each in all { each.resume(returning: durable) }
  }
}
