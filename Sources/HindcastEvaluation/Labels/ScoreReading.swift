internal import HindcastFormat

/// Reads a column of scores.
enum ScoreReading {
  /// The score of every row as a double; NaN where there is none. Minus zero becomes zero, so that equal scores have
  /// equal bits.
  static func scores(of column: Column, rowCount: Int) throws(EvaluationError) -> [Double] {
    var scores = [Double](repeating: .nan, count: rowCount)
    switch column.values {
    case .bool(let values): for row in 0..<rowCount { scores[row] = values[row] != 0 ? 1 : 0 }
    case .int64(let values) where column.schema.type == .int64:
      for row in 0..<rowCount { scores[row] = Double(values[row]) }
    case .float32(let values) where column.schema.type == .float32:
      for row in 0..<rowCount { scores[row] = Double(values[row]) + 0 }
    case .float64(let values):
      for row in 0..<rowCount { scores[row] = values[row] + 0 }
    default:
      throw EvaluationError(
        .unusableColumn,
        "column '\(column.schema.qualifiedName)' is a \(column.schema.type.word): "
          + "a score is a number, the probability of the positive class"
      )
    }
    if let validity = column.validity {
      for row in 0..<rowCount where !validity[row] { scores[row] = .nan }
    }
    return scores
  }
}
