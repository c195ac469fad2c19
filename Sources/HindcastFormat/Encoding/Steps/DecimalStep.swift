/// A float64 as `m / 10^e` with one `e` for all and integers `m`; what that does not give back bit for bit (-0.0, NaN,
/// infinities, too many digits) is an exception: its place and its bits.
enum DecimalStep {
  static let exponentMax = 15
  /// Beyond this `m` and its neighbours are no longer all exact in a float64.
  static let mantissaMax = 9_007_199_254_740_992.0  // 2^53
  static let powers: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15]

  /// The `m` of a value, or nil if it is an exception.
  @inline(__always)
  static func mantissa(_ value: Double, power: Double) -> Int64? {
    let scaled = (value * power).rounded(.toNearestOrEven)
    guard scaled.magnitude < mantissaMax else { return nil }
    // Through the integer, which has no -0.
    let mantissa = Int64(scaled)
    return (Double(mantissa) / power).bitPattern == value.bitPattern ? mantissa : nil
  }

  static func decode(_ reader: inout StepReader, exponent: Int, _ count: Int) throws(FormatError) -> [Double] {
    guard exponent <= exponentMax else {
      throw FormatError(.corrupt, "encoding step decimal has exponent \(exponent); 0 to \(exponentMax) are possible")
    }
    let exceptionCount = try reader.data.count(upTo: count, "the number of decimal exceptions")
    let rows = try reader.integers(exceptionCount)
    let bits = try reader.integers(exceptionCount)
    let power = powers[exponent]
    var values = try reader.integers(count) { Double($0) / power }
    for (row, bits) in zip(rows, bits) {
      guard row >= 0, row < count else {
        throw FormatError(.corrupt, "a decimal exception at value \(row) of \(count)")
      }
      values[Int(row)] = Double(bitPattern: UInt64(bitPattern: bits))
    }
    return values
  }
}
