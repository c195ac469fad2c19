/// Which form float64 values should take, from a sample.
enum Float64Choice {
  static func shape(_ values: [Double], _ effort: EncodeEffort) -> Float64Shape {
    if let decimal = decimal(values, effort) { return decimal }
    return sample(values, effort).allSatisfy { Float32Step.narrow($0) != nil } ? .float32 : .ordered
  }

  /// The smallest exponent that all but one in fifty values of the sample agree to.
  static func decimal(_ values: [Double], _ effort: EncodeEffort) -> Float64Shape? {
    let sample = sample(values, effort)
    for exponent in 0...DecimalStep.exponentMax {
      let power = DecimalStep.powers[exponent]
      var allowed = sample.count / 50
      let fits = sample.allSatisfy { value in
        if DecimalStep.mantissa(value, power: power) != nil { return true }
        allowed -= 1
        return allowed >= 0
      }
      if fits { return .decimal(exponent: exponent) }
    }
    return nil
  }

  private static func sample(_ values: [Double], _ effort: EncodeEffort) -> [Double] {
    let step = max(1, values.count / (effort == .ingest ? 512 : 4_096))
    return stride(from: 0, to: values.count, by: step).map { values[$0] }
  }
}
