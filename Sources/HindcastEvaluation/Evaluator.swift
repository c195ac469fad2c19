package import HindcastFormat
package import HindcastReplay

/// A sink that computes: it joins predictions with actuals by id in one pass, in whatever order they come, and then
/// says how the model did, window by window.
///
/// The report depends on what the log says and not on how it is stored: neither the order and size of blocks nor
/// compaction changes a digit. It counts
/// - as the prediction of an id, among the predictions that the options choose, the one with the lowest position; other
///   predictions of the id are repeats (those equal in time, label and score count once, as compaction keeps one);
/// - as the truth of an id the actual with the highest (revision, time, position), whatever version or environment it
///   came under; if that one is retracted or has no label, the prediction is unlabelled;
/// - as served, beside the predictions, those that loss reports of the chosen version and environment count as lost.
///
/// Memory: 72 bytes an id, and 24 more for sorting or for the index. Used by one task.
package final class Evaluator: ReplaySink {
  let options: EvaluationOptions
  var table: JoinTable
  var labels = LabelDictionary()
  var versions = VersionRuns()
  var lost: LostPredictions
  /// All that were lost, by the version that made them.
  var lostByVersion: [String: LossSums] = [:]
  /// Of any version, environment and time, since the truth may come under any.
  var lostActuals = LossSums()
  /// Rows of loss blocks of the chosen version and environment that are no reports.
  var unreadableReports = 0
  /// Where predictions of the model are that the options leave out, for a report that has none. Not how many: that
  /// would change with compaction.
  var otherEnvironments: Set<Environment> = []
  /// The first few by name.
  var otherVersions: Set<String> = []

  package init(_ options: EvaluationOptions) throws(EvaluationError) {
    switch options.every {
    case .rows(let count) where count < 1: throw Self.emptyWindow
    case .microseconds(let length) where length < 1: throw Self.emptyWindow
    default: break
    }
    self.options = options
    table = JoinTable(bytesMax: options.joinBytesMax)
    lost = LostPredictions(every: options.every)
  }

  private static let emptyWindow = EvaluationError(.invalidOption, "a window must hold at least one row or microsecond")

  package var acceptedKinds: Set<EventKind> { [.prediction, .actual, .loss] }
  /// Always 0: an evaluation keeps nothing from one run to the next.
  package func checkpoint() -> UInt64 { 0 }
  package func commit(upTo position: UInt64) {}
  package func close() {}

  /// Takes predictions, actuals and losses of the model; anything else is not its business and passed over.
  package func write(_ rows: ReplayRows) throws(EvaluationError) {
    guard rows.block.stream.model == options.model else { return }
    switch rows.block.stream.kind {
    case .prediction where isChosen(rows.block): try addPredictions(rows)
    case .actual: try addActuals(rows)
    case .loss: try addLosses(rows.block)
    default: break
    }
  }

  private func isChosen(_ block: Block) -> Bool {
    if block.stream.environment != options.environment {
      otherEnvironments.insert(block.stream.environment)
      return false
    }
    if let version = options.version, block.stream.version != version {
      otherVersions.insert(block.stream.version)
      if otherVersions.count > EvaluationLimits.listedLabelsMax, let last = otherVersions.max() {
        otherVersions.remove(last)
      }
      return false
    }
    return true
  }

  private func addPredictions(_ rows: ReplayRows) throws(EvaluationError) {
    let (ids, times) = try idsAndTimes(rows)
    let rowCount = rows.block.rowCount
    var predictedLabels: [UInt16]?
    if let column = try column(.output, options.predictedLabelColumn, of: rows.block) {
      predictedLabels = try labels.numbers(of: column, rowCount: rowCount)
    }
    var scores: [Double]?
    if let column = try column(.output, options.scoreColumn, of: rows.block) {
      scores = try ScoreReading.scores(of: column, rowCount: rowCount)
    }
    try versions.begin(rows.block.stream.version, behind: table.predictionRows)
    for row in 0..<rowCount {
      if let chosen = options.times, !chosen.contains(times[row]) { continue }
      let prediction = JoinPrediction(
        time: times[row], position: rows.positions[row], label: predictedLabels?[row] ?? LabelDictionary.none,
        score: scores?[row] ?? .nan)
      try table.add(prediction, id: ids[row])
    }
  }

  private func addActuals(_ rows: ReplayRows) throws(EvaluationError) {
    let (ids, times) = try idsAndTimes(rows)
    let rowCount = rows.block.rowCount
    var actualLabels: [UInt16]?
    if let column = try column(.actual, options.actualLabelColumn, of: rows.block) {
      actualLabels = try labels.numbers(of: column, rowCount: rowCount)
    }
    let revisions = try column(.system, ColumnName.revision, of: rows.block)
    let retractions = try column(.system, ColumnName.retracted, of: rows.block)
    for row in 0..<rowCount {
      var actual = JoinActual(
        revision: 0, time: times[row], position: rows.positions[row],
        label: actualLabels?[row] ?? LabelDictionary.none, isRetracted: false)
      if let revisions, !revisions.isNull(row), case .int64(let values) = revisions.values {
        actual.revision = values[row]
      }
      if let retractions, !retractions.isNull(row), case .bool(let values) = retractions.values {
        actual.isRetracted = values[row] != 0
      }
      try table.add(actual, id: ids[row])
    }
  }

  private func addLosses(_ block: Block) throws(EvaluationError) {
    let stream = block.stream
    let isChosen =
      stream.environment == options.environment && options.version.map { stream.version == $0 } ?? true
    let reports = LossReports(block)
    for row in 0..<block.rowCount {
      guard let report = reports[row] else {
        if isChosen { unreadableReports += 1 }
        continue
      }
      switch report.kind {
      case .actual: lostActuals.add(report.sum, reason: report.reason)
      case .prediction where isChosen:
        if let chosen = options.times, !chosen.contains(report.sum.times.lowerBound) { continue }
        try lost.add(report)
        lostByVersion[stream.version, default: LossSums()].add(report.sum, reason: report.reason)
      default: break
      }
    }
  }

  /// Checked so that the loops over rows need not: as many ids, times and positions as rows, and no position 0.
  private func idsAndTimes(_ rows: ReplayRows) throws(EvaluationError) -> (ids: [IDHash], times: [Int64]) {
    let block = rows.block
    let hasPositions =
      switch rows.positions {
      case .same(let position): position > 0
      case .each(let positions): positions.count == block.rowCount && positions.allSatisfy { $0 > 0 }
      }
    guard let ids = block.ids, ids.rowCount == block.rowCount, let times = block.times, times.count == block.rowCount,
      hasPositions
    else {
      throw EvaluationError(
        .invalidBlock,
        "a block of \(block.stream.kind.plural) of model '\(block.stream.model)' lacks an id, a time or a position in "
          + "some row; `hindcast verify` tells where the log is damaged"
      )
    }
    return (try IDHash.hashes(of: ids, rowCount: block.rowCount), times)
  }

  private func column(_ role: ColumnRole, _ name: String, of block: Block) throws(EvaluationError) -> Column? {
    guard let column = block.column(role, name) else { return nil }
    guard column.rowCount == block.rowCount, column.validity.map({ $0.count == block.rowCount }) ?? true else {
      throw EvaluationError(
        .invalidBlock,
        "column '\(column.schema.qualifiedName)' has \(column.rowCount) rows in a block of \(block.rowCount)")
    }
    return column
  }
}
