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
    case .vector: return UncheckedLoops.transposed(try reader.float32s(count), rows: dimension, columns: rows)
    default: throw reader.misplaced(step, "vectors")
    }
  }
}
