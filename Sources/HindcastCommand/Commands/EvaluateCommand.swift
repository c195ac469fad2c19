internal import ArgumentParser
internal import HindcastEvaluation
internal import HindcastFormat
internal import HindcastReplay

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Say how a model did, window by window.",
    discussion: """
      Joins predictions with what really happened, by id, and computes for each window of event time: predictions that \
      were served, logged and, by reason, lost; labelled rows; accuracy, precision, recall, specificity, F1, ROC AUC, \
      average precision, log loss and Brier score. Nothing is estimated: the same log gives the same figures, compacted or \
      not, to the last digit.

        hindcast evaluate --server 127.0.0.1:7400 --model car-loan --every 5000
        hindcast evaluate --data /var/lib/hindcast --model fraud --every 1d --since 30d --json
        hindcast evaluate --data /var/lib/hindcast --model fraud --every 1d --plot roc_auc

      A window is a number of predictions, or a length of time aligned to 1970-01-01T00:00:00 UTC. Of several actuals for \
      one id the one with the highest revision counts, then the latest. What services report as lost (left out of a \
      sample, dropped, refused) was served, too: a report counts whole, in the window of its first prediction. A metric \
      that a window does not allow (one class only, no scores, no labels) is left out, and a note says why.
      """)

  @OptionGroup var source: SourceOptions

  @Option(help: ArgumentHelp("The model to judge.", valueName: "name"))
  var model: String

  @Option(
    help: ArgumentHelp("The length of a window: a number of predictions, or 30s, 15m, 1h, 1d.", valueName: "length"))
  var every: String

  @Option(
    help: ArgumentHelp(
      "The label of the positive class. Default: 1 or true, if the labels are 0 and 1 or false and true.",
      valueName: "label"))
  var positive: String?

  @OptionGroup var selection: SelectionOptions

  @Option(help: "The environment that the predictions were made in.")
  var environment = HindcastFormat.Environment.production

  @Option(
    help: ArgumentHelp(
      "Memory that the join may take: 72 bytes an id, and a third of that at the end.", valueName: "bytes"))
  var memory = ByteCountArgument(EvaluationLimits.joinBytesMax)

  @Flag(
    help:
      "Print JSON: {\"windows\":[{\"start\":..., \"end\":..., \"served\":..., \"logged\":..., \"lost\":{...}, \"labelled\":..., \"metrics\":{...}}, ...], ...}."
  )
  var json = false

  @Option(help: "Draw this metric over the windows, below the table.")
  var plot: Metric?

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  func validate() throws {
    if json, plot != nil {
      throw ValidationError("--plot draws for people, --json prints for scripts: give one of them.")
    }
    do { _ = try WindowLength.parse(every) } catch { throw ValidationError(error.message) }
  }

  mutating func run() async throws {
    let (options, isQuiet) = (try options, quiet || json)
    let report = try await EventSource.with(source) { try await Self.evaluate(options, $0, isQuiet: isQuiet) }
    if json { return try StandardOutput.write(report.json) }
    var text = report.table
    if let plot { text += "\n" + MetricPlot.text(report, metric: plot) }
    try StandardOutput.write(text)
  }

  var options: EvaluationOptions {
    get throws {
      var options = EvaluationOptions(model: model, every: try WindowLength.parse(every))
      options.version = selection.modelVersion
      options.environment = environment
      options.positive = positive
      options.times = selection.times
      options.joinBytesMax = memory.byteCount
      return options
    }
  }

  /// One pass over the log.
  static func evaluate(
    _ options: EvaluationOptions, _ events: EventSource, isQuiet: Bool
  ) async throws -> EvaluationReport {
    var evaluator = try Evaluator(options)
    let progress = ProgressLine("reading", isQuiet: isQuiet)
    defer { progress.finish() }
    let replayed = try await events.replay(options.query, choice: options.columns, into: &evaluator) {
      progress.update($0.rows, "rows")
    }
    return try evaluator.report(gaps: replayed.gaps, trimmed: replayed.trimmed)
  }
}

extension Metric: ExpressibleByArgument {}
