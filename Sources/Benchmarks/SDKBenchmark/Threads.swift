internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Threads as a service's request handlers are: the system's, none of the SDK's.
struct Threads<Found: Sendable> {
  private let handles: [pthread_t]
  private let shared: Shared<Found>

  /// Runs `body` on that many threads, which begin together.
  init(_ count: Int, _ body: @escaping @Sendable (_ thread: Int) -> Found) {
    let shared = Shared<Found>(count)
    self.shared = shared
    handles = (0..<count).map { index in
      startThread {
        shared.waitForAll()
        let found = body(index)
        shared.found.withLock { $0[index] = found }
      }
    }
  }

  /// Waits for their end and returns what each of them found, in order.
  func join() -> [Found] {
    for handle in handles { pthread_join(handle, nil) }
    return shared.found.withLock { $0.compactMap { $0 } }
  }
}

private final class Shared<Found: Sendable>: Sendable {
  let found: Mutex<[Found?]>
  private let missing: Atomic<Int>

  init(_ count: Int) {
    found = Mutex([Found?](repeating: nil, count: count))
    missing = Atomic(count)
  }

  func waitForAll() {
    missing.subtract(1, ordering: .sequentiallyConsistent)
    while missing.load(ordering: .sequentiallyConsistent) > 0 { sched_yield() }
  }
}

private final class Body {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func startThread(_ run: @escaping @Sendable () -> Void) -> pthread_t {
  let body = Unmanaged.passRetained(Body(run))
  #if canImport(Darwin)
    var thread: pthread_t?
    let status = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, body.toOpaque())
    guard status == 0, let thread else { fatalError("the system has no thread; look at its limits (ulimit -u)") }
    return thread
  #else
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, body.toOpaque())
    precondition(status == 0, "the system has no thread; look at its limits (ulimit -u)")
    return thread
  #endif
}

/// Runs what is asynchronous and blocks the main thread until it has ended: none of the threads that the SDK's own tasks need.
func waiting<Result: Sendable>(for body: @escaping @Sendable () async -> Result) -> Result {
  let box = AsyncResult<Result>()
  let isDone = DispatchSemaphore(value: 0)
  Task.detached {
    let result = await body()
    box.result.withLock { $0 = result }
    isDone.signal()
  }
  isDone.wait()
  guard let result = box.result.withLock({ $0 }) else { fatalError("signalled without a result") }
  return result
}

private final class AsyncResult<Result: Sendable>: Sendable {
  let result = Mutex<Result?>(nil)
}
