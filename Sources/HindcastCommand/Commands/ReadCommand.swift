internal import ArgumentParser
internal import HindcastFormat
internal import HindcastReplay

struct ReadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Print a model's events as lines of JSON.",
    discussion: """
      One object a line: kind, model, version, environment, position, id, time, and the columns under their role. The rows \
      come as they are stored: the archive by time, then the journal in the order of arrival.

        hindcast read --server 127.0.0.1:7400 --model fraud --since 1h --columns amount,score
      """)

  @OptionGroup var source: SourceOptions

  @Option(help: ArgumentHelp("The model whose events are printed.", valueName: "name"))
  var model: String

  @OptionGroup var selection: SelectionOptions

  @Option(help: ArgumentHelp("Only events of this environment. Default: all.", valueName: "environment"))
  var environment: HindcastFormat.Environment?

  @Option(help: ArgumentHelp("Only events of this kind: prediction, actual, ... May be given again.", valueName: "kind"))
  var kind: [EventKind] = []

  @Option(help: ArgumentHelp("Only blocks from this position on.", valueName: "position"))
  var fromPosition: UInt64 = 1

  @Option(
    help: ArgumentHelp("Only these columns, by name or role:name; id and time always come along.", valueName: "columns"))
  var columns: [ColumnList] = []

  mutating func run() async throws {
    var query = ReadQuery()
    query.model = model
    query.version = selection.modelVersion
    query.environment = environment
    query.times = selection.times
    query.kinds = Set(kind)
    query.fromPosition = max(1, fromPosition)
    let names = columns.flatMap(\.names)
    let choice: ColumnChoice = names.isEmpty ? .all : .named(Set(names))
    let chosen = query
    let report = try await EventSource.with(source) { events in
      var sink = JSONLinesSink("-")
      let report = try await events.replay(chosen, choice: choice, into: &sink)
      try sink.close()
      return report
    }
    report.warnOfGaps()
  }
}
