/// A sum of doubles with the error of one rounding (Neumaier's variant of Kahan's summation).
struct CompensatedSum {
  private var sum = 0.0
  private var compensation = 0.0

  mutating func add(_ value: Double) {
    let next = sum + value
    compensation += sum.magnitude >= value.magnitude ? (sum - next) + value : (value - next) + sum
    sum = next
  }

  var value: Double { sum + compensation }
}
