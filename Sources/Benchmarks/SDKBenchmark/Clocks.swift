#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The system's clocks, in nanoseconds.
enum Clock {
  @inline(__always)
  private static func now(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Never goes back.
  @inline(__always)
  static var wall: UInt64 { now(CLOCK_MONOTONIC) }

  /// What the calling thread has used of the processors.
  static var thread: UInt64 { now(CLOCK_THREAD_CPUTIME_ID) }

  /// What all threads of the process have used, ended ones too.
  static var process: UInt64 { now(CLOCK_PROCESS_CPUTIME_ID) }

  /// The median of what it takes to read the clock twice: it is part of each single call's time.
  static func cost() -> UInt64 {
    var costs = (0..<10_001).map { _ -> UInt64 in
      let began = wall
      return wall - began
    }
    costs.sort()
    return costs[costs.count / 2]
  }

  /// Sleeps until a moment of `wall`; returns at once if it is past.
  static func sleep(until moment: UInt64) {
    // A signal may end a sleep early.
    while case let now = wall, now < moment {
      let rest = moment - now
      var time = timespec(tv_sec: Int(rest / 1_000_000_000), tv_nsec: Int(rest % 1_000_000_000))
      nanosleep(&time, nil)
    }
  }
}
