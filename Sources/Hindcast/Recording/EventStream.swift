internal import HindcastFormat
internal import Synchronization

/// A model, version, environment and kind that is logged to, what its events are held to, and what it lost.
final class EventStream: Sendable {
  let key: StreamKey
  /// From 0, in the order in which a client's streams were made.
  let number: Int
  /// Why this stream can't be logged to; nil: it can.
  let problem: String?
  /// What was lost before it was a block.
  let losses = StreamLosses()
  /// What was lost in blocks, which the outbox counts as well.
  let lossesOnTheWay = StreamLosses()
  private let currentPolicy = Mutex(EventPolicy())
  /// Changes with the policy.
  private let policyVersion = Atomic<Int>(0)

  init(key: StreamKey, number: Int, problem: String?) {
    self.key = key
    self.number = number
    self.problem = problem
  }

  /// Holds the events that the worker takes in from now on to another policy.
  func changePolicy(_ change: (inout EventPolicy) -> Void) {
    currentPolicy.withLock { policy in
      change(&policy)
      policyVersion.add(1, ordering: .releasing)
    }
  }

  var policy: (policy: EventPolicy, version: Int) {
    currentPolicy.withLock { ($0, policyVersion.load(ordering: .acquiring)) }
  }

  /// A version that `policy` would come with.
  var presentPolicyVersion: Int { policyVersion.load(ordering: .acquiring) }
}
