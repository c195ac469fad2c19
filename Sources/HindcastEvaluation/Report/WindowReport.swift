package import HindcastFormat

/// How the model did in one window.
package struct WindowReport: Sendable, Equatable {
  /// Microseconds since 1970 UTC. Windows of rows: the times of the first and the last row. Windows of a duration: the
  /// boundaries, the second no longer part of the window.
  package var start: Int64
  package var end: Int64
  /// Predictions in the log.
  package var rows: Int
  /// Predictions that were made and are not in the log, by reason.
  package var lost = LossSums()
  /// Predictions whose truth is known.
  package var labelled: Int
  /// Labelled predictions with a score: what the metrics of scores are made from.
  package var scored: Int
  /// Labelled predictions with a predicted class, by what came true.
  package var confusion: Confusion
  /// Those that have a value; never NaN.
  package var metrics: [Metric: Double]
  /// Why metrics are missing, or which rows they leave out.
  package var notes: [String]

  /// All predictions that were made: those in the log and those that were lost.
  package var served: Int { rows.adding(lost) }

  /// Whether `start` and `end` mean something: not in the total of no windows.
  package var hasTimes: Bool { rows > 0 || start != end }

  package var labelCoverage: Double { rows == 0 ? 0 : Double(labelled) / Double(rows) }
}
