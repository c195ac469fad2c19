/// The first integer, then the differences from one to the next. Differences are signed; the steps below take their base off.
enum DeltaStep {
  static func decode(_ reader: inout StepReader, _ count: Int) throws(FormatError) -> [Int64] {
    guard count >= 1 else { throw FormatError(.corrupt, "encoding step delta without values") }
    let first = try reader.data.zigzag()
    return UncheckedLoops.prefixSums(first: first, try reader.integers(count - 1))
  }
}
