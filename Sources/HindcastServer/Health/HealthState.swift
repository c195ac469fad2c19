internal import HindcastWire
internal import Synchronization

/// What `grpc.health.v1.Health` answers, and who waits for it to change.
final class HealthState: Sendable {
  typealias Status = HealthCheckResponse.ServingStatus

  private struct State {
    var status = Status.notServing
    var nextWatcher = 0
    var watchers: [Int: AsyncStream<Status>.Continuation] = [:]
  }

  private let state = Mutex(State())

  var status: Status { state.withLock { $0.status } }

  /// Returns whether this changed anything.
  @discardableResult
  func serve(_ status: Status) -> Bool {
    state.withLock { state in
      guard state.status != status else { return false }
      state.status = status
      for watcher in state.watchers.values { watcher.yield(status) }
      return true
    }
  }

  /// The status now and at every change; a watcher that is slow sees only the newest.
  func watch() -> AsyncStream<Status> {
    let (stream, continuation) = AsyncStream.makeStream(of: Status.self, bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state in
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = continuation
      continuation.yield(state.status)
      return state.nextWatcher
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { state in _ = state.watchers.removeValue(forKey: number) }
    }
    return stream
  }
}
