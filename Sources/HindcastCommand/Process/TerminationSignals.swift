internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// SIGTERM and SIGINT as something to wait for, from its creation on.
final class TerminationSignals: Sendable {
  private struct State {
    var name: String?
    var hasEnded = false
    var waiter: CheckedContinuation<String?, Never>?
  }

  private let state = Mutex(State())
  // Only kept alive here, never used again; dispatch sources may be released on any thread.
  nonisolated(unsafe) private var sources: [any DispatchSourceSignal] = []

  init() {
    for (number, name) in [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")] {
      // The default action would come before the source.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler { [weak self] in self?.end(name) }
      source.resume()
      sources.append(source)
    }
  }

  /// The signal's name, or nil after `stop`. One caller.
  func wait() async -> String? {
    await withCheckedContinuation { continuation in
      let ended: String?? = state.withLock { state in
        if state.hasEnded { return .some(state.name) }
        state.waiter = continuation
        return nil
      }
      if let ended { continuation.resume(returning: ended) }
    }
  }

  func stop() { end(nil) }

  private func end(_ name: String?) {
    let waiter = state.withLock { state -> CheckedContinuation<String?, Never>? in
      guard !state.hasEnded else { return nil }
      state.hasEnded = true
      state.name = name
      return state.waiter.take()
    }
    waiter?.resume(returning: name)
  }
}
