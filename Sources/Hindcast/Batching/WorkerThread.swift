#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A thread of our own: work that takes milliseconds at a stretch has no place on the cooperative pool, whose threads
/// the host service needs for its requests.
enum WorkerThread {
  /// Starts a thread that runs `body` and ends with it. If the system refuses one, returns false.
  static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    final class Box {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return false }
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // musl's default of 128 KiB is too little for the compressors' frames.
    pthread_attr_setstacksize(&attributes, 2 << 20)
    let box = Unmanaged.passRetained(Box(body))
    #if canImport(Darwin)
      var thread: pthread_t?
      let result = pthread_create(
        &thread, &attributes,
        { argument in
          Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
          return nil
        }, box.toOpaque())
    #else
      var thread = pthread_t()
      let result = pthread_create(
        &thread, &attributes,
        { argument in
          if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
          return nil
        }, box.toOpaque())
    #endif
    if result != 0 { box.release() }
    return result == 0
  }
}

/// State guarded by a lock on which threads can wait for changes.
///
/// `@unchecked Sendable`: `value` is only touched between lock and unlock of `mutex`, which lives as long as the object.
final class WaitableState<Value: ~Copyable & Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var value: Value

  init(_ value: consuming Value) {
    self.value = value
    mutex = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    precondition(pthread_mutex_init(mutex, nil) == 0)
    #if canImport(Darwin)
      precondition(pthread_cond_init(condition, nil) == 0)
    #else
      var attributes = pthread_condattr_t()
      precondition(pthread_condattr_init(&attributes) == 0)
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
      precondition(pthread_cond_init(condition, &attributes) == 0)
      pthread_condattr_destroy(&attributes)
    #endif
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Runs `body` with the state and wakes the thread that waits, if `body` says so.
  func withLock<Result>(_ body: (inout Value) -> (result: Result, wakes: Bool)) -> Result {
    pthread_mutex_lock(mutex)
    let (result, wakes) = body(&value)
    pthread_mutex_unlock(mutex)
    if wakes { pthread_cond_signal(condition) }
    return result
  }

  enum Step<Result> {
    case done(Result)
    /// Wait for a change, or until a moment of `MonotonicClock`; nil: without end.
    case wait(until: UInt64?)
  }

  /// Runs `body` again after every change until it is done.
  func wait<Result>(_ body: (inout Value) -> Step<Result>) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      switch body(&value) {
      case .done(let result): return result
      case .wait(nil): pthread_cond_wait(condition, mutex)
      case .wait(let until?): wait(until: until)
      }
    }
  }

  private func wait(until nanoseconds: UInt64) {
    #if canImport(Darwin)
      let now = MonotonicClock.nowNanoseconds
      let rest = nanoseconds > now ? nanoseconds - now : 0
      var time = timespec(tv_sec: Int(rest / 1_000_000_000), tv_nsec: Int(rest % 1_000_000_000))
      pthread_cond_timedwait_relative_np(condition, mutex, &time)
    #else
      var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
      pthread_cond_timedwait(condition, mutex, &time)
    #endif
  }
}
