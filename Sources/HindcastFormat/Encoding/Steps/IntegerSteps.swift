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
    case .tokens:
      let run = try TokensStep.read(&self, parameter: parameter, count)
      return try TokensStep.values(run, &self) { $0 }
    default: throw misplaced(step, "integers")
    }
  }

  /// `transform` of each integer. Most columns are tokens at the bottom: those go into it as they are put together, instead
  /// of once more through memory.
  @inline(__always)
  mutating func integers<T: BitwiseCopyable>(
    _ count: Int, _ transform: (Int64) -> T
  ) throws(FormatError) -> [T] {
    guard isNext(.tokens) else {
      return try integers(count).withUnsafeBufferPointer { UncheckedLoops.map($0, transform) }
    }
    return try tokens(count) { run, reader throws(FormatError) in try TokensStep.values(run, &reader, transform) }
  }

  /// What `body` makes of the tokens step, which is the next one, and of the escapes, which it has still to read. Takes from
  /// the budget what `integers` would.
  @inline(__always)
  mutating func tokens<Result>(
    _ count: Int, _ body: (TokensStep.Run, inout StepReader) throws(FormatError) -> Result
  ) throws(FormatError) -> Result {
    let (_, parameter) = try enter()
    defer { leave() }
    try budget.take(count, stride: 8)
    return try body(try TokensStep.read(&self, parameter: parameter, count), &self)
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
