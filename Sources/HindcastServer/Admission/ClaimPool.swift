internal import Synchronization

/// Bytes of memory that many want to hold for a while: who finds no room waits in the order of coming.
///
/// Claims are made before the memory is taken, and for all of it, so that whoever was let in can finish: two half done
/// never wait for each other. Callbacks run outside the lock, on the thread that gave the room back.
final class ClaimPool: Sendable {
  /// Bytes held in the pool, to be given back with `release` once.
  struct Claim: Sendable {
    /// No two claims have the same, of different pools neither.
    let id: UInt64
    var byteCount: Int
  }

  /// Who holds bytes that others wait for may be made to let go.
  protocol Holder: AnyObject, Sendable {
    /// Whether it holds on longer than is fair. `nanoseconds`: since the claim was granted.
    func isSlow(after nanoseconds: UInt64, claim: Claim) -> Bool
    func letGo()
  }

  fileprivate struct Waiter {
    var claim: Claim
    var holder: (any Holder)?
    var granted: @Sendable (Claim) -> Void
  }

  fileprivate struct Held {
    var claim: Claim
    var holder: any Holder
    var since: UInt64
  }

  fileprivate struct State {
    var byteCount = 0
    var waiters: [Waiter] = []
    var held: [UInt64: Held] = [:]
  }

  let bytesMax: Int
  private let state = Mutex(State())

  init(bytesMax: Int) { self.bytesMax = bytesMax }

  var byteCount: Int { state.withLock { $0.byteCount } }
  var waiterCount: Int { state.withLock { $0.waiters.count } }

  private static let lastID = Atomic<UInt64>(0)
  // Relaxed: only that no number comes twice matters.
  private static func nextID() -> UInt64 { lastID.wrappingAdd(1, ordering: .relaxed).newValue }

  /// A claim of more than the pool holds takes all of it.
  private func clamped(_ byteCount: Int) -> Int { min(byteCount, bytesMax) }

  /// nil: there is no room now, or others wait for it. `below`: how full the pool may be afterwards.
  func tryClaim(_ byteCount: Int, holder: (any Holder)? = nil, below limit: Int? = nil) -> Claim? {
    state.withLock { state -> Claim? in
      let byteCount = clamped(byteCount)
      guard state.waiters.isEmpty, byteCount <= min(limit ?? bytesMax, bytesMax) - state.byteCount else { return nil }
      return state.grant(Claim(id: Self.nextID(), byteCount: byteCount), holder)
    }
  }

  /// Calls `granted` once there is room: before this returns, or later. Until then the claim can be withdrawn.
  @discardableResult
  func claim(
    _ byteCount: Int, holder: (any Holder)? = nil, granted: @escaping @Sendable (Claim) -> Void
  ) -> Claim {
    let (claim, isGranted) = state.withLock { state in
      let claim = Claim(id: Self.nextID(), byteCount: clamped(byteCount))
      guard state.waiters.isEmpty, claim.byteCount <= bytesMax - state.byteCount else {
        state.waiters.append(Waiter(claim: claim, holder: holder, granted: granted))
        return (claim, false)
      }
      return (state.grant(claim, holder), true)
    }
    if isGranted { granted(claim) }
    return claim
  }

  /// Waits for room. nil: the task was cancelled, or the patience ended.
  func claim(_ byteCount: Int, holder: (any Holder)? = nil, patience: Duration? = nil) async -> Claim? {
    if let claim = tryClaim(byteCount, holder: holder) { return claim }
    let answer = Answer()
    let timer = patience.map { patience in
      Task {
        guard (try? await Task.sleep(for: patience)) != nil else { return }
        answer.give(nil)
      }
    }
    defer { timer?.cancel() }
    let asked = claim(byteCount, holder: holder) { claim in
      // Nobody waits any more: the room goes to the next.
      if !answer.give(claim) { self.release(claim) }
    }
    let granted = await withTaskCancellationHandler {
      await answer.wait()
    } onCancel: {
      answer.give(nil)
    }
    if granted == nil { withdraw(asked) }
    return granted
  }

  /// Gives the bytes back. `granted` of others may run in here.
  func release(_ claim: Claim) {
    let ready = state.withLock { state in
      state.byteCount -= claim.byteCount
      state.held[claim.id] = nil
      precondition(state.byteCount >= 0, "released more bytes than were claimed")
      return state.takeReady(bytesMax)
    }
    for waiter in ready { waiter.granted(waiter.claim) }
  }

  /// The same for a claim without a holder.
  func release(byteCount: Int) { release(Claim(id: 0, byteCount: byteCount)) }

  /// Waits no longer. A claim that was granted meanwhile is the caller's to release.
  @discardableResult
  func withdraw(_ claim: Claim) -> Bool {
    let (isWithdrawn, ready) = state.withLock { state -> (Bool, [Waiter]) in
      guard let index = state.waiters.firstIndex(where: { $0.claim.id == claim.id }) else { return (false, []) }
      state.waiters.remove(at: index)
      return (true, state.takeReady(bytesMax))
    }
    for waiter in ready { waiter.granted(waiter.claim) }
    return isWithdrawn
  }

  /// If some wait: makes those let go that hold on longer than is fair. Returns how many. Called every now and then.
  @discardableResult
  func relieve(now: UInt64 = MonotonicClock.nanoseconds) -> Int {
    let held = state.withLock { $0.waiters.isEmpty ? [] : Array($0.held.values) }
    let slow = held.filter { $0.holder.isSlow(after: now &- $0.since, claim: $0.claim) }
    for each in slow { each.holder.letGo() }
    return slow.count
  }
}

extension ClaimPool.State {
  fileprivate mutating func grant(_ claim: ClaimPool.Claim, _ holder: (any ClaimPool.Holder)?) -> ClaimPool.Claim {
    byteCount += claim.byteCount
    if let holder {
      held[claim.id] = ClaimPool.Held(claim: claim, holder: holder, since: MonotonicClock.nanoseconds)
    }
    return claim
  }

  /// Waiters that there is room for now, in order, granted.
  fileprivate mutating func takeReady(_ bytesMax: Int) -> [ClaimPool.Waiter] {
    var count = 0
    while count < waiters.count, waiters[count].claim.byteCount <= bytesMax - byteCount {
      _ = grant(waiters[count].claim, waiters[count].holder)
      count += 1
    }
    defer { waiters.removeFirst(count) }
    return Array(waiters[..<count])
  }
}

/// One answer to one waiting task; the first counts.
private final class Answer: Sendable {
  private enum State {
    case open(CheckedContinuation<ClaimPool.Claim?, Never>?)
    case given(ClaimPool.Claim?)
  }

  private let state = Mutex(State.open(nil))

  /// Whether it was the first.
  @discardableResult
  func give(_ claim: ClaimPool.Claim?) -> Bool {
    let (isFirst, continuation) = state.withLock { state -> (Bool, CheckedContinuation<ClaimPool.Claim?, Never>?) in
      guard case .open(let continuation) = state else { return (false, nil) }
      state = .given(claim)
      return (true, continuation)
    }
    continuation?.resume(returning: claim)
    return isFirst
  }

  func wait() async -> ClaimPool.Claim? {
    await withCheckedContinuation { continuation in
      let given: ClaimPool.Claim?? = state.withLock { state in
        if case .given(let claim) = state { return .some(claim) }
        state = .open(continuation)
        return nil
      }
      if let given { continuation.resume(returning: given) }
    }
  }
}
