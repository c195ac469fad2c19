internal import Synchronization

/// The bytes that may wait in memory, over all streams of a client: collected, being encoded, or waiting for the
/// server's answer.
final class MemoryBudget: Sendable {
  let limit: Int
  private let reserved = Atomic<Int>(0)
  private let hasWaiters = Atomic<Bool>(false)
  private let waiters = Mutex<[UInt64: Waiter]>([:])

  private struct Waiter {
    var byteCountMax: Int
    var continuation: CheckedContinuation<Void, Never>
  }

  init(limit: Int) { self.limit = limit }

  var reservedBytes: Int { reserved.load(ordering: .relaxed) }

  /// Takes the bytes if they fit under the limit. The count is the only thing shared, so relaxed ordering does.
  @inline(__always)
  func reserve(_ byteCount: Int) -> Bool {
    let sum = reserved.add(byteCount, ordering: .relaxed).newValue
    if sum <= limit { return true }
    release(byteCount)
    return false
  }

  /// Replaces a reservation by another, whatever the limit: a block that was encoded takes less memory, or, for random
  /// bytes, a little more.
  func exchange(_ byteCount: Int, for newByteCount: Int) {
    release(byteCount - newByteCount)
  }

  func release(_ byteCount: Int) {
    // Sequentially consistent, with the waiter's flag: either the waiter sees the room or we see the waiter.
    let rest = reserved.subtract(byteCount, ordering: .sequentiallyConsistent).newValue
    if hasWaiters.load(ordering: .sequentiallyConsistent) { resumeWaiters(rest) }
  }

  /// Waits until at most `byteCountMax` bytes are reserved, or the task is cancelled.
  func waitUntilReserved(atMost byteCountMax: Int) async {
    if reservedBytes <= byteCountMax { return }
    let number = Self.nextNumber.add(1, ordering: .relaxed).newValue
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        waiters.withLock { $0[number] = Waiter(byteCountMax: byteCountMax, continuation: continuation) }
        hasWaiters.store(true, ordering: .sequentiallyConsistent)
        if Task.isCancelled { cancelWaiter(number) }
        resumeWaiters(reserved.load(ordering: .sequentiallyConsistent))
      }
    } onCancel: {
      cancelWaiter(number)
    }
  }

  private static let nextNumber = Atomic<UInt64>(0)

  private func cancelWaiter(_ number: UInt64) {
    waiters.withLock { $0.removeValue(forKey: number) }?.continuation.resume()
  }

  private func resumeWaiters(_ reserved: Int) {
    let ready = waiters.withLock { waiters in
      let ready = waiters.filter { $0.value.byteCountMax >= reserved }
      for number in ready.keys { waiters.removeValue(forKey: number) }
      if waiters.isEmpty { hasWaiters.store(false, ordering: .sequentiallyConsistent) }
      return ready
    }
    for waiter in ready.values { waiter.continuation.resume() }
  }
}
