internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// SIGTERM and SIGINT as something to wait for instead of the end of the process; from the creation on, so that none is
/// missed. The second one does end the process.
final class TerminationSignals: Sendable {
  private struct State {
    /// The first signal's name; nil inside: waiting was stopped without one.
    var outcome: String??
    var waiter: CheckedContinuation<String?, Never>?
  }

  private let state = Mutex(State())
  // Written once, in `init`, and then only kept alive: nothing reads it.
  nonisolated(unsafe) private var sources: [any DispatchSourceSignal] = []

  init() {
    let queue = DispatchQueue(label: "hindcast.signals")
    for (number, name) in [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")] {
      // The default action would come before the source.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { [weak self] in self?.receive(name, number) }
      source.resume()
      sources.append(source)
    }
  }

  /// The signal's name, or nil after `stopWaiting`. For one caller.
  func wait() async -> String? {
    await withCheckedContinuation { continuation in
      let outcome = state.withLock { state -> String?? in
        if state.outcome == nil { state.waiter = continuation }
        return state.outcome
      }
      if let outcome { continuation.resume(returning: outcome) }
    }
  }

  func stopWaiting() { _ = settle(nil) }

  private func receive(_ name: String, _ number: CInt) {
    // Whoever sends a second signal does not want to wait. The status is the one that the signal would have given.
    if !settle(name) { _exit(128 + number) }
  }

  /// False if it was settled before.
  private func settle(_ name: String?) -> Bool {
    let (isFirst, waiter) = state.withLock { state -> (Bool, CheckedContinuation<String?, Never>?) in
      guard state.outcome == nil else { return (false, nil) }
      state.outcome = .some(name)
      return (true, state.waiter.take())
    }
    waiter?.resume(returning: name)
    return isFirst
  }
}
