/// The values between two bounds, or all others.
struct ValueInterval<Value: Comparable> {
  /// nil: no bound.
  var lower: Value?
  var upper: Value?
  var includesLower = true
  var includesUpper = true
  var isNegated = false

  init(_ comparison: ColumnCondition.Comparison, _ value: Value) {
    switch comparison {
    case .equal, .notEqual: (lower, upper) = (value, value)
    case .less: (upper, includesUpper) = (value, false)
    case .lessOrEqual: upper = value
    case .greater: (lower, includesLower) = (value, false)
    case .greaterOrEqual: lower = value
    }
    isNegated = comparison == .notEqual
  }

  func contains(_ value: Value) -> Bool { isBetween(value) != isNegated }

  private func isBetween(_ value: Value) -> Bool {
    // Written so that what compares with nothing, as NaN does, lies between no bounds.
    if let lower, !(includesLower ? value >= lower : value > lower) { return false }
    if let upper, !(includesUpper ? value <= upper : value < upper) { return false }
    return true
  }

  /// Whether a value from `smallest` to `largest` may be contained; nil: no largest one is known.
  func mayMeet(_ smallest: Value, _ largest: Value?) -> Bool {
    guard !isNegated else { return largest.map { !(isBetween(smallest) && isBetween($0)) } ?? true }
    if let lower, let largest, includesLower ? largest < lower : largest <= lower { return false }
    if let upper, includesUpper ? smallest > upper : smallest >= upper { return false }
    return true
  }
}
