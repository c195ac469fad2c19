internal import GRPCCore
internal import Synchronization

/// Reads that are open, following ones included, up to a limit.
final class OpenReads: Sendable {
  private let limit: Int
  private let open = Mutex(0)

  init(limit: Int) { self.limit = limit }

  var count: Int { open.withLock { $0 } }

  /// Call `leave` at the end. Throws RESOURCE_EXHAUSTED at the limit.
  func enter() throws(RPCError) {
    let isAllowed = open.withLock { open in
      guard open < limit else { return false }
      open += 1
      return true
    }
    guard isAllowed else {
      throw RPCError(
        code: .resourceExhausted, message: "\(limit) reads are open, which is the limit; try again later")
    }
  }

  func leave() { open.withLock { $0 -= 1 } }
}
