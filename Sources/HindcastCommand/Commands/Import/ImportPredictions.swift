internal import ArgumentParser
internal import HindcastFormat

struct ImportPredictions: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predictions",
    abstract: "Import predictions: ids, times, features and what the model answered.",
    discussion: """
      Each row becomes one prediction. Columns that no option names become features, under their own names, unless \
      --features says which ones do.

        hindcast import predictions --model car-loan --version 1 --time timestamp \\
            --score y_pred_proba --label y_pred predictions.csv.gz

        zcat log.jsonl.gz | hindcast import predictions --model fraud --time ts --time-unit ms --score p -

      Types are told from the values: bool (true, false, True, False), int64, float64, timestamp \
      (2026-11-23T08:00:00Z), else string. The narrowest that holds every value of a column exactly is taken, and printed. \
      Numbers with leading zeros are strings. An empty field means no value. --type says otherwise.

      Files are read twice, the first time for their types: a row that cannot be read (a wrong number of fields, bytes that \
      are not UTF-8) stops the import before anything is sent, with its line number. Standard input is read once: types \
      come from its first 100,000 rows, and a bad row stops the import behind what was sent before.
      """)

  @OptionGroup var options: InputOptions

  @Option(
    help: ArgumentHelp(
      "The column with the events' times, in RFC 3339 or as numbers with --time-unit; or one moment for all rows. Default: the column named time or timestamp.",
      valueName: "column"))
  var time: String?

  @Option(
    help: ArgumentHelp(
      "Columns that were the model's inputs. Default: all that no other option names.", valueName: "columns"))
  var features: [ColumnList] = []

  @Option(help: ArgumentHelp("The probability or score that the model answered with.", valueName: "column"))
  var score: String?

  @Option(help: ArgumentHelp("The class that the model answered with.", valueName: "column"))
  var label: String?

  @Option(help: ArgumentHelp("The number that a regression answered with.", valueName: "column"))
  var value: String?

  @Option(help: ArgumentHelp("More outputs, kept under their own names.", valueName: "columns"))
  var outputs: [ColumnList] = []

  @Option(help: ArgumentHelp("What events are sliced by, such as region or experiment.", valueName: "columns"))
  var tags: [ColumnList] = []

  @Option(help: ArgumentHelp("Columns that stay behind.", valueName: "columns"))
  var leave: [ColumnList] = []

  @Option(help: ArgumentHelp("Whom an event is about, so that it can be erased.", valueName: "column"))
  var subject: String?

  @Option(
    name: .customLong("latency-us"),
    help: ArgumentHelp("How long the model took, in microseconds.", valueName: "column"))
  var latency: String?

  @Option(help: ArgumentHelp("How the request ended, such as ok or timeout.", valueName: "column"))
  var status: String?

  @Option(name: .customLong("error"), help: ArgumentHelp("What went wrong in a failed request.", valueName: "column"))
  var errorText: String?

  @Option(
    name: .customLong("trace-id"), help: ArgumentHelp("The distributed trace of the request.", valueName: "column"))
  var traceID: String?

  @Option(help: ArgumentHelp("What the candidates of one ranking have in common.", valueName: "column"))
  var group: String?

  @Option(name: .customLong("request-id"), help: ArgumentHelp("The request an event came with.", valueName: "column"))
  var requestID: String?

  @Option(
    help: ArgumentHelp(
      "With which probability an event like this was logged, if events were sampled.", valueName: "column"))
  var inclusionProbability: String?

  mutating func run() async throws {
    let command = self
    try await ImportRun(kind: .prediction, options: options) { planner in try command.plan(&planner) }.run()
  }

  func plan(_ planner: inout ImportPlanner) throws -> ImportPlan {
    let id = try planner.takeID(options.id)
    try planner.take(score, as: .output, named: ColumnName.score, option: "--score")
    try planner.take(label, as: .output, named: ColumnName.label, option: "--label")
    try planner.take(value, as: .output, named: ColumnName.value, option: "--value")
    try planner.take(outputs.flatMap(\.names), as: .output, option: "--outputs")
    try planner.take(tags.flatMap(\.names), as: .tag, option: "--tags")
    try planner.take(features.flatMap(\.names), as: .feature, option: "--features")
    try planner.leave(leave.flatMap(\.names), option: "--leave")
    let system: [(String?, String, ColumnType, String)] = [
      (subject, ColumnName.subject, .string, "--subject"),
      (latency, ColumnName.latencyMicroseconds, .int64, "--latency-us"),
      (status, ColumnName.status, .string, "--status"),
      (errorText, ColumnName.error, .string, "--error"),
      (traceID, ColumnName.traceID, .string, "--trace-id"),
      (group, ColumnName.group, .string, "--group"),
      (requestID, ColumnName.requestID, .string, "--request-id"),
      (inclusionProbability, ColumnName.inclusionProbability, .float64, "--inclusion-probability"),
    ]
    for (column, name, type, option) in system {
      try planner.take(column, as: .system, named: name, type: type, option: option)
    }
    let time = try planner.takeTime(time, usual: ["time", "timestamp"], unit: options.timeUnit, now: nil)
    if features.isEmpty { try planner.take(planner.rest, as: .feature, option: "--features") }
    return planner.plan(id: id, time: time)
  }
}
