/// A float64 that is exactly a float32, down to the sign of zero; NaN is not, since conversions may change its payload.
enum Float32Step {
  @inline(__always)
  static func narrow(_ value: Double) -> Float? {
    let narrowed = Float(value)
    return Double(narrowed).bitPattern == value.bitPattern && !value.isNaN ? narrowed : nil
  }

  /// A NaN, which no writer puts here, becomes the plain NaN on every machine.
  @inline(__always)
  static func widen(_ value: Float) -> Double { value.isNaN ? .nan : Double(value) }
}
