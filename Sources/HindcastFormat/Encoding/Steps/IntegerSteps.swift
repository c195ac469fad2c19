/// The integer domain: `count` values of 64 bits, arithmetic modulo 2^64.
extension StepReader {
  mutating func integers(_ count: Int) throws(FormatError) -> [Int64] {
    let (step, parameter) = try enter()
    defer { leave() }
    try budget.take(count, stride: 8)
    switch step {
    case .empty where count == 0: return []
    case .constant: return Array(repeating: try data.zigzag(), count: count)
    case .bitPacked: return try BitPackedStep.decode(&self, width: Int(parameter), count)
    case .bytePlanes: return try BytePlanesStep.decode(&self, planes: Int(parameter), count)
    case .delta: return try DeltaStep.decode(&self, count)
    case .dictionary: return try DictionaryStep.decode(&self, count)
    case .runs: return try RunsStep.decode(&self, count)
    case .multiples: return try MultiplesStep.decode(&self, count)
    case .tokens: return try TokensStep.decode(&self, parameter: parameter, count)
    default: throw misplaced(step, "integers")
    }
  }

  /// Lengths of things, each at most `limit`, with their sum, which must be at most `totalLimit`.
  mutating func lengths(
    _ count: Int, upTo limit: Int, totalUpTo totalLimit: Int, _ what: String
  ) throws(FormatError) -> (lengths: [Int64], total: Int) {
    let lengths = try integers(count)
    var total = 0
    for length in lengths {
      guard length >= 0, length <= limit else {
        throw FormatError(.overLimit, "a \(what) of length \(length); the most is \(limit)")
      }
      total += Int(length)
      guard total <= totalLimit else {
        throw FormatError(.overLimit, "\(what)s of \(total) and more together; the most is \(totalLimit)")
      }
    }
    return (lengths, total)
  }
}
