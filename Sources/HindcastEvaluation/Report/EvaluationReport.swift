package import HindcastFormat

/// How a model did, window by window and in all.
package struct EvaluationReport: Sendable, Equatable {
  package var model: String
  /// nil: all versions together.
  package var version: String?
  package var environment: Environment
  package var every: WindowLength
  /// The positive class in its canonical spelling; nil if there are no labels.
  package var positive: String?
  /// In order of time; windows without a prediction, logged or lost, are left out.
  package var windows: [WindowReport]
  /// All windows as one, and what was lost without a window to be in.
  package var total: WindowReport
  /// What each version served and what was lost of it, in the order of their names; their sums are the total's.
  package var versions: [VersionReport]
  /// Actuals of the model that were lost, whatever their version, environment and time: predictions may lack labels for it.
  package var lostActuals: LossSums
  /// Loss reports that break the rules of the format, and count nowhere.
  package var unreadableReports: Int
  /// Predictions that were logged under an id that has one already, and differ from it.
  package var repeats: Int
  /// Ids with a truth but no prediction among those evaluated.
  package var unmatchedActuals: Int
  /// Predictions that are unlabelled because their truth was retracted.
  package var retracted: Int
  /// What the log could not give because of damage; metrics may lack rows from there.
  package var gaps: [ReadGap]
  /// What retention had dropped; likewise.
  package var trimmed: [ReadGap]
  package var notes: [String]
}
