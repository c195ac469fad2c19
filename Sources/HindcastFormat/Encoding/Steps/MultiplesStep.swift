/// Integers that are all a base plus multiples of one factor: whole seconds in microseconds, amounts in steps of 500.
enum MultiplesStep {
  static func decode(_ reader: inout StepReader, _ count: Int) throws(FormatError) -> [Int64] {
    let base = try reader.data.zigzag()
    let factor = Int64(bitPattern: try reader.data.varint())
    let quotients = try reader.integers(count)
    return quotients.withUnsafeBufferPointer { UncheckedLoops.map($0) { base &+ $0 &* factor } }
  }
}
