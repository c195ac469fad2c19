/// Vectors of float32 as one float32 column: all first components, then all second ones, and so on. Components differ in
/// scale, so neighbours of one component compress better than neighbours of one row.
enum VectorStep {
  static func decode(_ reader: inout StepReader, rows: Int, dimension: Int) throws(FormatError) -> [Float] {
    let (count, overflow) = rows.multipliedReportingOverflow(by: dimension)
    guard !overflow else { throw reader.budget.exceeded }
    let (step, _) = try reader.enter()
    defer { reader.leave() }
    try reader.budget.take(count, stride: 4)
    switch step {
    case .empty where count == 0: return []
    case .vector:
      if count > 0, reader.isNext(.float32Ordered, .tokens) {
        return try fromTokens(&reader, rows: rows, dimension: dimension)
      }
      return UncheckedLoops.transposed(try reader.float32s(count), rows: dimension, columns: rows) { $0 }
    default: throw reader.misplaced(step, "vectors")
    }
  }

  /// The steps below in one go: a vector column is far larger than a processor's cache, and each step by itself would take
  /// all of it through the memory once more. Takes from the budget what they would, so that the same blocks are refused.
  private static func fromTokens(
    _ reader: inout StepReader, rows: Int, dimension: Int
  ) throws(FormatError) -> [Float] {
    let count = rows * dimension
    _ = try reader.enter()
    defer { reader.leave() }
    try reader.budget.take(count, stride: 4)
    return try reader.tokens(count) { run, reader throws(FormatError) in
      var floats = UncheckedLoops.joinTokensTransposed(run.tokens, run.origins, run.packed, rows: rows) {
        OrderedFloat.float($0)
      }
      for (place, escape) in try TokensStep.escapes(of: run, &reader) {
        floats[place % rows * dimension + place / rows] = OrderedFloat.float(escape)
      }
      return floats
    }
  }
}
