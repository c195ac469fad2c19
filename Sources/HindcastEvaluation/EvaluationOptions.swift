package import HindcastFormat

/// What to evaluate, and in which windows.
package struct EvaluationOptions: Sendable {
  package var model: String
  /// nil: the predictions of all versions together.
  package var version: String?
  package var environment: Environment = .production
  package var every: WindowLength
  /// The label that counts as positive, in any spelling `LabelText` knows; nil: 1 (or true) if the labels are 0 and 1,
  /// or -1 and 1, otherwise an error that lists the labels.
  package var positive: String?
  /// Event time of the predictions that count, microseconds since 1970 UTC, half open. Actuals count whenever they
  /// came.
  package var times: Range<Int64>?
  package var predictedLabelColumn = ColumnName.label
  /// The probability of the positive class.
  package var scoreColumn = ColumnName.score
  package var actualLabelColumn = ColumnName.label
  /// Bytes that joining may take, the working memory of the end included.
  package var joinBytesMax = EvaluationLimits.joinBytesMax

  package init(model: String, every: WindowLength) {
    self.model = model
    self.every = every
  }

  /// The columns that an evaluation reads; a replay into an `Evaluator` need decode no others.
  package var columns: ColumnChoice {
    .named(
      Set(LossReports.columns).union([
        "\(ColumnRole.output.word):\(predictedLabelColumn)", "\(ColumnRole.output.word):\(scoreColumn)",
        "\(ColumnRole.actual.word):\(actualLabelColumn)", "\(ColumnRole.system.word):\(ColumnName.revision)",
        "\(ColumnRole.system.word):\(ColumnName.retracted)",
      ]))
  }

  /// What a replay into an `Evaluator` has to read. Version, environment and times are left open on purpose: the truth
  /// may come under another version or environment than the prediction, and always comes later. The evaluator applies
  /// them to predictions.
  package var query: ReadQuery {
    var query = ReadQuery()
    query.model = model
    query.kinds = [.prediction, .actual, .loss]
    return query
  }
}
