internal import ArgumentParser
internal import HindcastFormat
internal import HindcastReplay

struct ReadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Print events.",
    discussion: """
      One line an event, in the order in which the log has them: the archive first, file by file, then the journal as they \
      came. JSON has kind, model, version, environment, position, id, time, and the columns under their role.

        hindcast read --data /var/lib/hindcast --model fraud --since 1h --limit 10
        hindcast read --server 127.0.0.1:7400 --model fraud --kind prediction --columns score,amount --format csv
        hindcast read --data /var/lib/hindcast --model fraud --where 'score > 0.9' --where 'currency = EUR'
        hindcast read --server 127.0.0.1:7400 --follow | jq .outputs.score

      CSV has one header, so it wants events of one kind: its columns are those of the first block, and an event with a \
      column more is an error. A stretch that cannot be read is reported on standard error.
      """)

  @OptionGroup var source: SourceOptions

  @Option(help: ArgumentHelp("Only events of this model. Default: all models.", valueName: "name"))
  var model: String?

  @OptionGroup var selection: SelectionOptions

  @Option(help: "Only events of this environment. Default: all of them.")
  var environment: HindcastFormat.Environment?

  @Option(name: .customLong("kind"), help: "Only events of this kind; may be given again. Default: all kinds.")
  var kinds: [EventKind] = []

  @Option(help: ArgumentHelp("Only events from this journal position on; positions start at 1.", valueName: "position"))
  var fromPosition: UInt64 = 1

  @Option(help: ArgumentHelp("Only events before this journal position.", valueName: "position"))
  var toPosition: UInt64?

  @Option(
    help: ArgumentHelp(
      "Columns to print, by name or role:name (feature:amount, output:score); id and time always come along. Default: all.",
      valueName: "columns"))
  var columns: [ColumnList] = []

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Only events of which this holds, such as 'amount >= 100' or \"tag:region = 'eu'\"; may be given again: all must hold. Operators: = != < <= > >=. An event without a value is left out. Blocks of the archive that can have no such event are not read.",
      valueName: "condition"),
    transform: Self.condition)
  var conditions: [ColumnCondition] = []

  @Option(help: "How to print.")
  var format = OutputFormat.jsonl

  @Option(help: ArgumentHelp("Stop after so many events.", valueName: "count"))
  var limit: Int?

  @Flag(help: "At the end wait for more, until interrupted. Only with --server.")
  var follow = false

  enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case jsonl
    case csv
  }

  func validate() throws {
    if follow, source.server == nil {
      throw ValidationError("--follow needs --server: only a server knows of events as they come.")
    }
    if let limit, limit < 1 { throw ValidationError("--limit is a number of events, 1 or more.") }
  }

  var query: ReadQuery {
    var query = ReadQuery()
    query.model = model
    query.version = selection.modelVersion
    query.environment = environment
    query.kinds = Set(kinds)
    query.fromPosition = max(fromPosition, 1)
    query.toPosition = toPosition
    query.times = selection.times
    query.conditions = conditions
    return query
  }

  private static func condition(_ text: String) throws -> ColumnCondition {
    do { return try ColumnCondition(parsing: text) } catch { throw ValidationError(error.message) }
  }

  mutating func run() async throws {
    let command = self
    let report = try await EventSource.with(source) { events in
      switch command.format {
      case .jsonl: try await command.print(events, LimitedSink(JSONLinesSink("-"), rowsMax: command.limit))
      case .csv: try await command.print(events, LimitedSink(CSVSink(), rowsMax: command.limit))
      }
    }
    report?.warnOfGaps()
  }

  /// nil: the limit was reached.
  private func print(_ events: EventSource, _ sink: LimitedSink<some ReplaySink>) async throws -> ReplayReport? {
    let names = columns.flatMap(\.names)
    var sink = sink
    do {
      // Whoever follows wants to see events when they come.
      let report = try await events.replay(
        query, choice: names.isEmpty ? .all : .named(Set(names)), into: &sink, follow: follow,
        commitRows: follow ? 1 : Replay.commitRows)
      try sink.close()
      return report
    } catch is LimitReached {
      try sink.close()
      return nil
    }
  }
}
