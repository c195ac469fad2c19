/// The natural logarithm, from additions, multiplications and divisions alone: the C library's differs in the last
/// bit from machine to machine, and the same log has to give the same evaluation to the last digit. Error under 1.5
/// units in the last place.
///
/// x = m * 2^k with m between sqrt(1/2) and sqrt(2); with s = (m - 1) / (m + 1),
/// ln m = 2 artanh s = 2 s + 2 s^3/3 + 2 s^5/5 + ..., and s^2 < 0.0295, so that eleven terms reach the last bit.
enum NaturalLogarithm {
  /// ln 2 in two parts; the first has 20 zero bits at the end, so that its product with any exponent is exact.
  private static let ln2High = 0x1.62e42fee00000p-1
  private static let ln2Low = 0x1.a39ef35793c76p-33

  /// `x` is positive, normal and finite.
  static func of(_ x: Double) -> Double {
    assert(x.isNormal && x > 0)
    var exponent = Double(x.exponent)
    var mantissa = x.significand
    if mantissa > 1.414213562373095 {
      mantissa /= 2
      exponent += 1
    }
    let f = mantissa - 1
    let s = f / (2 + f)
    let square = s * s
    var series = 0.0
    var denominator = 23.0
    while denominator > 1 {
      series = series * square + 2 / denominator
      denominator -= 2
    }
    // 2 s = f - s f holds exactly where 2 s itself is rounded, so the large part of the sum is f, which is exact.
    let tail = s * (square * series - f) + exponent * ln2Low
    return exponent * ln2High + (f + tail)
  }
}
