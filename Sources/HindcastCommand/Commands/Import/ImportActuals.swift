internal import ArgumentParser
internal import Hindcast
internal import HindcastFormat

struct ImportActuals: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "actuals",
    abstract: "Import what really happened, by the id of the prediction.",
    discussion: """
      Each row says what came true for one prediction. Its id must be the one that the prediction was logged with; which of \
      the two is imported first does not matter.

        hindcast import actuals --model car-loan --id id --label repaid actuals.csv.gz
        hindcast import actuals --model prices --value sold_for --time sold_at sales.csv

      Of several actuals for one id the one with the highest revision counts, then the latest time, then the one that was \
      logged last. Columns that no option names are not imported.
      """)

  @OptionGroup var options: InputOptions

  @Option(
    help: ArgumentHelp(
      "The column with the time at which the truth was observed, in RFC 3339 or as numbers with --time-unit; or one moment for all rows. Default: now.",
      valueName: "column"))
  var time: String?

  @Option(help: ArgumentHelp("The true class.", valueName: "column"))
  var label: String?

  @Option(help: ArgumentHelp("The true number, for a regression.", valueName: "column"))
  var value: String?

  @Option(help: ArgumentHelp("A whole number; the higher corrects the lower.", valueName: "column"))
  var revision: String?

  @Option(help: ArgumentHelp("Whether the truth known so far is withdrawn: true or false.", valueName: "column"))
  var retracted: String?

  @Option(help: ArgumentHelp("How much the event counts in metrics.", valueName: "column"))
  var weight: String?

  @Option(help: ArgumentHelp("Who says so.", valueName: "column"))
  var source: String?

  func validate() throws {
    guard label != nil || value != nil || retracted != nil else {
      throw ValidationError(
        "Say which column holds the truth: --label COLUMN for a class, --value COLUMN for a number.")
    }
  }

  mutating func run() async throws {
    let command = self
    try await ImportRun(kind: .actual, options: options) { planner in try command.plan(&planner) }.run()
  }

  func plan(_ planner: inout ImportPlanner) throws -> ImportPlan {
    let id = try planner.takeID(options.id)
    try planner.take(label, as: .actual, named: ColumnName.label, option: "--label")
    try planner.take(value, as: .actual, named: ColumnName.value, option: "--value")
    let system: [(String?, String, ColumnType, String)] = [
      (revision, ColumnName.revision, .int64, "--revision"),
      (retracted, ColumnName.retracted, .bool, "--retracted"),
      (weight, ColumnName.weight, .float64, "--weight"),
      (source, ColumnName.source, .string, "--source"),
    ]
    for (column, name, type, option) in system {
      try planner.take(column, as: .system, named: name, type: type, option: option)
    }
    let time = try planner.takeTime(time, usual: [], unit: options.timeUnit, now: Timestamp.now.microsecondsSince1970)
    return planner.plan(id: id, time: time)
  }
}
