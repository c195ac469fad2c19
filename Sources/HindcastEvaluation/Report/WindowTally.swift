internal import HindcastFormat

/// Gathers the rows of one window and turns them into its report.
struct WindowTally {
  /// Where a prediction has a score and no label, this and above is taken for the positive class.
  static let threshold = 0.5

  private var rows = 0
  private var labelled = 0
  private var byThreshold = 0
  private var confusion = Confusion()
  private var positiveScores: [Double] = []
  private var negativeScores: [Double] = []

  mutating func add(_ entry: JoinEntry, positive: UInt16?) {
    rows += 1
    guard entry.actualLabel != LabelDictionary.none else { return }
    labelled += 1
    let isPositive = entry.actualLabel == positive
    let hasScore = !entry.score.isNaN
    if hasScore {
      if isPositive { positiveScores.append(entry.score) } else { negativeScores.append(entry.score) }
    }
    if entry.predictedLabel != LabelDictionary.none {
      confusion.count(isPredictedPositive: entry.predictedLabel == positive, isPositive: isPositive)
    } else if hasScore {
      byThreshold += 1
      confusion.count(isPredictedPositive: entry.score >= Self.threshold, isPositive: isPositive)
    }
  }

  consuming func report(start: Int64, end: Int64, lost: LossSums) -> WindowReport {
    let groups = ScoreGroups(positives: positiveScores, negatives: negativeScores)
    var metrics: [Metric: Double] = [:]
    metrics[.rocAUC] = groups.rocAUC
    metrics[.f1] = confusion.f1
    metrics[.precision] = confusion.precision
    metrics[.recall] = confusion.recall
    metrics[.specificity] = confusion.specificity
    metrics[.accuracy] = confusion.accuracy
    metrics[.averagePrecision] = groups.averagePrecision
    metrics[.logLoss] = groups.logLoss
    metrics[.brier] = groups.brier
    return WindowReport(
      start: start, end: end, rows: rows, lost: lost, labelled: labelled, scored: groups.count, confusion: confusion,
      metrics: metrics, notes: notes(groups, lost))
  }

  private func notes(_ groups: ScoreGroups, _ lost: LossSums) -> [String] {
    if rows == 0, !lost.isEmpty { return ["all predictions were lost: no metric has a value"] }
    if labelled == 0 { return ["no prediction is labelled: no metric has a value"] }
    var notes: [String] = []
    if groups.count == 0 {
      notes.append("no labelled prediction has a score: ROC AUC, average precision, log loss and Brier have no value")
    } else {
      if groups.count < labelled {
        let missing = labelled - groups.count
        notes.append(
          "\(missing) of \(labelled) labelled predictions have no score: the metrics of scores leave them out")
      }
      if groups.positives == 0 {
        notes.append(
          "no scored prediction came true as the positive class: ROC AUC and average precision have no value")
      }
      if groups.negatives == 0 {
        notes.append("no scored prediction came true as the negative class: ROC AUC has no value")
      }
      if !groups.areProbabilities {
        notes.append("some scores are not between 0 and 1: log loss and Brier have no value")
      }
    }
    if byThreshold > 0 {
      notes.append(
        "\(byThreshold) labelled predictions have no predicted label: "
          + "a score of \(Self.threshold) or more was taken for the positive class")
    }
    if confusion.total == 0 {
      notes.append("no labelled prediction has a label or a score: no metric has a value")
      return notes
    }
    if confusion.total < labelled {
      let missing = labelled - confusion.total
      notes.append("\(missing) of \(labelled) labelled predictions have neither a label nor a score: they are left out")
    }
    let absent: [(Double?, String)] = [
      (confusion.precision, "nothing was predicted positive: precision has no value"),
      (confusion.recall, "nothing came true as the positive class: recall has no value"),
      (confusion.specificity, "nothing came true as the negative class: specificity has no value"),
      (confusion.f1, "nothing was predicted positive or came true as it: F1 has no value"),
    ]
    return notes + absent.filter { $0.0 == nil }.map { $0.1 }
  }
}
