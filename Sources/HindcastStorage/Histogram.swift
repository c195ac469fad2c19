/// How values are spread, in powers of two.
package struct Histogram: Sendable, Equatable {
  /// Values above the last bound count there, too.
  private static let bucketCount = 33

  /// `counts[i]` values were above the bound before and at most `2^i`.
  package private(set) var counts = [UInt64](repeating: 0, count: bucketCount)
  package private(set) var sum: UInt64 = 0

  package init() {}

  package mutating func record(_ value: UInt64) {
    let bucket = value <= 1 ? 0 : 64 - (value - 1).leadingZeroBitCount
    counts[min(bucket, Self.bucketCount - 1)] += 1
    sum &+= value
  }

  package var count: UInt64 { counts.reduce(0, +) }

  package static func upperBound(_ bucket: Int) -> UInt64 { 1 << UInt64(bucket) }
}
