internal import ArgumentParser
internal import HindcastEvaluation
internal import HindcastFormat
internal import HindcastReplay

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Say how a model did.",
    discussion: """
      Joins each prediction with what really happened, by id, and computes for every window of event time: rows, labelled \
      rows, confusion counts, accuracy, precision, recall, specificity, F1, ROC AUC, average precision, log loss, Brier.

        hindcast evaluate --server 127.0.0.1:7400 --model car-loan --every 5000
        hindcast evaluate --data /var/lib/hindcast --model fraud --every 1d --positive fraud --plot roc_auc

      Of several actuals for one id the one with the highest revision counts, then the latest. Metrics that a window does \
      not allow (one class only, no scores, no labels) are left out, and a note says why. The figures do not depend on \
      whether the log has been compacted.
      """)

  @OptionGroup var source: SourceOptions

  @Option(help: ArgumentHelp("The model to evaluate.", valueName: "name"))
  var model: String

  @Option(
    help: ArgumentHelp(
      "The length of a window: so many rows (5000), or a time (15m, 1h, 1d), from multiples of it in UTC.",
      valueName: "window"))
  var every: String

  @Option(
    help: ArgumentHelp("The label that counts as positive. Default: 1 or true, if the labels are such.", valueName: "label"))
  var positive: String?

  @OptionGroup var selection: SelectionOptions

  @Option(help: ArgumentHelp("The environment whose predictions are evaluated.", valueName: "environment"))
  var environment = HindcastFormat.Environment.production

  @Option(help: ArgumentHelp("Memory that the join may take. Default: 4GiB.", valueName: "bytes"))
  var memory: ByteCountArgument?

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Also draw this metric over the windows: \(Metric.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "metric"))
  var plot: String?

  mutating func run() async throws {
    let metric = try plot.map { name in
      guard let metric = Metric(rawValue: name) else {
        let names = Metric.allCases.map(\.rawValue).joined(separator: ", ")
        throw CommandError("there is no metric \(name) to plot; there are \(names)")
      }
      return metric
    }
    var options = EvaluationOptions(model: model, every: try WindowLength.parse(every))
    options.version = selection.modelVersion
    options.environment = environment
    options.positive = positive
    options.times = selection.times
    if let memory { options.joinBytesMax = memory.byteCount }

    var evaluator = try Evaluator(options)
    let progress = ProgressLine("evaluating", isQuiet: json)
    let chosen = options
    let replayed = try await EventSource.with(source) { events in
      defer { progress.finish() }
      return try await events.replay(chosen.query, choice: chosen.columns, into: &evaluator) {
        progress.update($0.rows, "rows")
      }
    }
    replayed.warnOfGaps()
    let report = try evaluator.report(gaps: replayed.gaps)
    if json {
      try StandardOutput.write(report.json + "\n")
    } else {
      try StandardOutput.write(report.table)
      if let metric { try StandardOutput.write("\n" + MetricPlot.text(report, metric: metric)) }
    }
  }
}
