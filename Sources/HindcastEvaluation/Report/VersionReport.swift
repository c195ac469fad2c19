package import HindcastFormat

/// What became of the predictions that one version of a model served, among those that were evaluated.
package struct VersionReport: Sendable, Equatable {
  package var version: String
  /// Predictions in the log.
  package var rows: Int
  /// Predictions that are not, by reason.
  package var lost: LossSums

  /// All predictions that were made.
  package var served: Int { rows.adding(lost) }
}

extension Int {
  /// Sums of numbers that a log gave must not trap.
  func adding(_ lost: LossSums) -> Int { Int(clamping: UInt64(magnitude).addingClamped(lost.count)) }
}
