extension ColumnEncoder {
  func encode(float32s values: [Float]) {
    guard !values.isEmpty else { return writer.begin(.empty) }
    writer.begin(.float32Ordered)
    encode(integers: values.withUnsafeBufferPointer { UncheckedLoops.map($0) { OrderedFloat.integer($0) } })
  }

  func encode(float64s values: [Double]) {
    guard !values.isEmpty else { return writer.begin(.empty) }
    let decision = memory.decide(
      fits: { if case .float64 = $0 { true } else { false } },
      choose: { .float64(Float64Choice.shape(values, effort)) })
    guard case .float64(let shape) = decision else { return }
    if encode(values, as: shape) { return }
    // A value off the sample is against it.
    let other: Float64Shape = shape == .float32 ? Float64Choice.decimal(values, effort) ?? .ordered : .ordered
    memory.correct(to: .float64(other))
    if encode(values, as: other) { return }
    memory.correct(to: .float64(.ordered))
    _ = encode(values, as: .ordered)
  }

  /// False, with nothing written, if the values do not have this shape.
  private func encode(_ values: [Double], as shape: Float64Shape) -> Bool {
    switch shape {
    case .decimal(let exponent):
      guard let decimal = DecimalParts(values, exponent: exponent) else { return false }
      writer.begin(.float64AsDecimal, parameter: exponent)
      writer.data.appendVarint(decimal.exceptionRows.count)
      encode(integers: decimal.exceptionRows)
      encode(integers: decimal.exceptionBits)
      encode(integers: decimal.mantissas)
    case .float32:
      var exact = true
      let integers = values.withUnsafeBufferPointer { values in
        UncheckedLoops.map(values) { value -> Int64 in
          guard let narrow = Float32Step.narrow(value) else {
            exact = false
            return 0
          }
          return OrderedFloat.integer(narrow)
        }
      }
      guard exact else { return false }
      writer.begin(.float64AsFloat32)
      encode(integers: integers)
    case .ordered:
      writer.begin(.float64Ordered)
      encode(integers: values.withUnsafeBufferPointer { UncheckedLoops.map($0) { OrderedFloat.integer($0) } })
    }
    return true
  }
}

/// Float64 values cut into decimal mantissas and exceptions; nil if more than one in twenty is an exception.
struct DecimalParts {
  var mantissas: [Int64]
  var exceptionRows: [Int64] = []
  var exceptionBits: [Int64] = []

  init?(_ values: [Double], exponent: Int) {
    let power = DecimalStep.powers[exponent]
    let limit = values.count / 20
    // An exception repeats the mantissa before it, which costs least in any step.
    var last: Int64 = values.lazy.compactMap { DecimalStep.mantissa($0, power: power) }.first ?? 0
    mantissas = []
    mantissas.reserveCapacity(values.count)
    for (row, value) in values.enumerated() {
      if let mantissa = DecimalStep.mantissa(value, power: power) {
        last = mantissa
      } else {
        guard exceptionRows.count < limit else { return nil }
        exceptionRows.append(Int64(row))
        exceptionBits.append(Int64(bitPattern: value.bitPattern))
      }
      mantissas.append(last)
    }
  }
}
