#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Random numbers that depend on a seed and the number of an event only, so that it does not matter which task makes the
/// event: SplitMix64, started at a hash of both.
struct SeededRandom {
  private var state: UInt64

  init(seed: UInt64, event: Int) {
    state = Self.mixed(seed &+ Self.mixed(UInt64(bitPattern: Int64(event))))
  }

  /// 0 up to, not including, 1.
  mutating func unit() -> Double {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Double(Self.mixed(state) >> 11) * 0x1p-53
  }

  /// 0 up to, not including, `count`.
  mutating func index(_ count: Int) -> Int { Int(unit() * Double(count)) }

  /// True this often.
  mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  /// Normally distributed, mean 0 and deviation 1 (Box and Muller).
  mutating func normal() -> Double { sqrt(-2 * log(1 - unit())) * cos(2 * .pi * unit()) }

  /// Exponentially distributed.
  mutating func exponential(mean: Double) -> Double { -mean * log(1 - unit()) }

  /// Different numbers give different numbers, without a visible pattern.
  static func mixed(_ number: UInt64) -> UInt64 {
    var number = number
    number = (number ^ (number >> 30)) &* 0xbf58_476d_1ce4_e5b9
    number = (number ^ (number >> 27)) &* 0x94d0_49bb_1331_11eb
    return number ^ (number >> 31)
  }
}
