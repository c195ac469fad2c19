internal import Synchronization

/// Hands elements from one producing task to one consuming task, with room for a few: a producer that is ahead waits.
final class HandoffChannel<Element: Sendable>: Sendable {
  private struct State {
    var elements = FIFO<Element>()
    /// Set once: no more elements, and why.
    var end: Result<Void, any Error>?
    var isAbandoned = false
    var producer: CheckedContinuation<Void, Never>?
    var consumer: CheckedContinuation<Void, Never>?
  }

  private let capacity: Int
  private let state = Mutex(State())

  init(capacity: Int) { self.capacity = capacity }

  /// Waits for room. Returns false when the consumer is gone or the task is cancelled: stop producing.
  func send(_ element: Element) async -> Bool {
    while true {
      let (isSent, isOver, consumer) = state.withLock { state -> (Bool, Bool, CheckedContinuation<Void, Never>?) in
        if state.isAbandoned { return (false, true, nil) }
        guard state.elements.count < capacity else { return (false, false, nil) }
        state.elements.append(element)
        return (true, false, state.consumer.take())
      }
      consumer?.resume()
      if isSent { return true }
      if isOver || Task.isCancelled { return false }
      await wait(.producer) { $0.isAbandoned || $0.elements.count < self.capacity }
    }
  }

  /// No more elements come.
  func finish(_ end: Result<Void, any Error>) {
    let consumer = state.withLock { state in
      if state.end == nil { state.end = end }
      return state.consumer.take()
    }
    consumer?.resume()
  }

  /// The next element, in order; nil at the end. Throws what the producer finished with, after the last element, and
  /// `CancellationError`.
  func next() async throws -> Element? {
    while true {
      let (element, end, producer) = state.withLock {
        state -> (Element?, Result<Void, any Error>?, CheckedContinuation<Void, Never>?) in
        let element = state.elements.popFirst()
        return (element, element == nil ? state.end : nil, element == nil ? nil : state.producer.take())
      }
      producer?.resume()
      if let element { return element }
      if let end {
        try end.get()
        return nil
      }
      try Task.checkCancellation()
      await wait(.consumer) { !$0.elements.isEmpty || $0.end != nil }
    }
  }

  /// The consumer wants no more.
  func abandon() {
    let producer = state.withLock { state in
      state.isAbandoned = true
      return state.producer.take()
    }
    producer?.resume()
  }

  private enum Side { case producer, consumer }

  private func wait(_ side: Side, until isReady: @Sendable (borrowing State) -> Bool) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isNeedless = state.withLock { state in
          if isReady(state) || Task.isCancelled { return true }
          switch side {
          case .producer: state.producer = continuation
          case .consumer: state.consumer = continuation
          }
          return false
        }
        if isNeedless { continuation.resume() }
      }
    } onCancel: {
      let waiting = state.withLock { state in
        switch side {
        case .producer: state.producer.take()
        case .consumer: state.consumer.take()
        }
      }
      waiting?.resume()
    }
  }
}
