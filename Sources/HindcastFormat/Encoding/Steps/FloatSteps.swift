/// Floating point to integers whose order is that of the numbers: negative numbers have their other bits inverted.
enum OrderedFloat {
  @inline(__always)
  static func integer(_ value: Double) -> Int64 {
    let bits = Int64(bitPattern: value.bitPattern)
    return bits ^ ((bits &>> 63) & Int64.max)
  }

  @inline(__always)
  static func double(_ integer: Int64) -> Double {
    Double(bitPattern: UInt64(bitPattern: integer ^ ((integer &>> 63) & Int64.max)))
  }

  @inline(__always)
  static func integer(_ value: Float) -> Int64 {
    let bits = Int32(bitPattern: value.bitPattern)
    return Int64(bits ^ ((bits &>> 31) & Int32.max))
  }

  /// Only the low 32 bits count, so that damaged bytes give some number and never a trap.
  @inline(__always)
  static func float(_ integer: Int64) -> Float {
    let bits = Int32(truncatingIfNeeded: integer)
    return Float(bitPattern: UInt32(bitPattern: bits ^ ((bits &>> 31) & Int32.max)))
  }
}

extension StepReader {
  mutating func float32s(_ count: Int) throws(FormatError) -> [Float] {
    let (step, _) = try enter()
    defer { leave() }
    try budget.take(count, stride: 4)
    switch step {
    case .empty where count == 0: return []
    case .float32Ordered: return try integers(count) { OrderedFloat.float($0) }
    default: throw misplaced(step, "float32 values")
    }
  }

  mutating func float64s(_ count: Int) throws(FormatError) -> [Double] {
    let (step, parameter) = try enter()
    defer { leave() }
    try budget.take(count, stride: 8)
    switch step {
    case .empty where count == 0: return []
    case .float64Ordered: return try integers(count) { OrderedFloat.double($0) }
    case .float64AsFloat32: return try integers(count) { Float32Step.widen(OrderedFloat.float($0)) }
    case .float64AsDecimal: return try DecimalStep.decode(&self, exponent: Int(parameter), count)
    default: throw misplaced(step, "float64 values")
    }
  }
}
