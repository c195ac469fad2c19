#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A moment in UTC, in microseconds: what event times are kept in.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Microseconds since 1970-01-01T00:00:00 UTC.
  public var microsecondsSince1970: Int64

  /// A moment by its microseconds since 1970-01-01T00:00:00 UTC.
  @inlinable public init(microsecondsSince1970: Int64) {
    self.microsecondsSince1970 = microsecondsSince1970
  }

  /// A moment by its seconds since 1970-01-01T00:00:00 UTC, such as Foundation's `timeIntervalSince1970`. Values beyond
  /// the years that 64 bits of microseconds reach are cut to the nearest that fits; not-a-number is 1970.
  public init(secondsSince1970 seconds: Double) {
    let microseconds = (seconds * 1e6).rounded()
    if microseconds.isNaN {
      microsecondsSince1970 = 0
    } else {
      microsecondsSince1970 = Int64(exactly: microseconds) ?? (microseconds < 0 ? .min : .max)
    }
  }

  /// The system clock's time.
  public static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microsecondsSince1970: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }

  /// Earlier is less.
  @inlinable public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microsecondsSince1970 < right.microsecondsSince1970
  }
}

/// Time that never goes back, for deadlines and intervals.
enum MonotonicClock {
  static var nowNanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

extension Duration {
  /// Whole nanoseconds, cut to what 64 bits hold; 0 if negative.
  var wholeNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < 9_000_000_000 else { return 9_000_000_000_000_000_000 }
    return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
  }

  /// Whole microseconds, cut to what 64 bits hold.
  var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, overflowed) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    return overflowed ? (seconds < 0 ? .min : .max) : sum
  }
}
