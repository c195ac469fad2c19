internal import ArgumentParser
internal import Hindcast
internal import HindcastFormat
internal import HindcastReplay

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Bring a model's events into an evaluation store.",
    discussion: """
      Fills Delta Lake tables (one a kind of event: DIR/predictions, DIR/actuals, ...), or a file of JSON lines. What was \
      delivered is remembered together with the data: repeating a replay adds only what is new, and one that was killed \
      and is started again delivers each event once.

        hindcast replay --server 127.0.0.1:7400 --model fraud --to delta:/srv/tables/fraud
        hindcast replay --server 127.0.0.1:7400 --model fraud --to delta:/srv/tables/fraud --cursor fraud-tables
        hindcast replay --data /var/lib/hindcast --model fraud --since 2026-11-01 --to jsonl:november.jsonl

      A place that was filled from another log, or with another selection, is refused. What is missing, because it was \
      damaged or because retention dropped it before, is told on standard error.
      """)

  @OptionGroup var source: SourceOptions

  @Option(help: ArgumentHelp("The model whose events are replayed.", valueName: "name"))
  var model: String

  @OptionGroup var selection: SelectionOptions

  @Option(help: ArgumentHelp("Only events of this environment. Default: all.", valueName: "environment"))
  var environment: HindcastFormat.Environment?

  @Option(help: ArgumentHelp("Where to: delta:DIR, jsonl:FILE, or jsonl:- for standard output.", valueName: "sink"))
  var to: String

  @Option(
    name: .customLong("kind"),
    help: "Only events of this kind; may be given again. Default: all that the sink has a place for.")
  var kinds: [EventKind] = []

  @Option(
    help: ArgumentHelp(
      "Move this cursor of the server along with what the place holds for good, so that retention waits for it; see `hindcast help cursors`.",
      valueName: "name"))
  var cursor: String?

  @Flag(help: "Print a summary as JSON on standard output; nothing on standard error but errors.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func validate() throws {
    let address: SinkAddress
    do { address = try SinkAddress.parse(to) } catch { throw ValidationError(error.message) }
    if cursor != nil, source.server == nil {
      throw ValidationError(
        "--cursor needs --server: who only reads a directory cannot move a cursor in it. See `hindcast cursors set`.")
    }
    if cursor != nil, address == .jsonLines(file: "-") {
      throw ValidationError("--cursor needs a place that remembers what it holds; standard output does not.")
    }
    if json, address == .jsonLines(file: "-") {
      throw ValidationError("--json prints a summary where jsonl:- prints the rows; give one of them.")
    }
  }

  var query: ReadQuery {
    var query = ReadQuery()
    query.model = model
    query.version = selection.modelVersion
    query.environment = environment
    query.kinds = Set(kinds)
    query.times = selection.times
    return query
  }

  mutating func run() async throws {
    let address = try SinkAddress.parse(to)
    let command = self
    let report = try await EventSource.with(source) { try await command.deliver($0, command.query, address) }
    report.warnOfGaps()
    if json {
      try StandardOutput.write(summary(report).text + "\n")
    } else if !quiet, address != .jsonLines(file: "-") {
      let parts = report.rows.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\(Figures.grouped($1)) \($0.plural)" }
      let what = parts.isEmpty ? "nothing new" : parts.joined(separator: ", ")
      try StandardOutput.write("\(what) added to \(to); complete up to position \(report.toCheckpoint)\n")
    }
  }

  func deliver(_ events: EventSource, _ query: ReadQuery, _ address: SinkAddress) async throws -> ReplayReport {
    switch address {
    case .delta(let directory): try await deliver(events, query, DeltaSink(directory: directory))
    case .jsonLines(let file): try await deliver(events, query, JSONLinesSink(file))
    }
  }

  private func deliver(
    _ events: EventSource, _ query: ReadQuery, _ sink: some ReplaySink
  ) async throws -> ReplayReport {
    let progress = ProgressLine("replaying", isQuiet: json || quiet)
    defer { progress.finish() }
    var sink = sink
    let report = try await events.replay(
      query, into: &sink, progress: { progress.update($0.rows, "rows") },
      checkpointed: { try await moveCursor(events, to: $0) })
    try sink.close()
    return report
  }

  /// Behind the commit of what it stands for: a cursor that lags keeps too much, one that runs ahead loses something.
  private func moveCursor(_ events: EventSource, to position: UInt64) async throws {
    guard let cursor, case .remote(let reader) = events else { return }
    _ = try await reader.setCursor(cursor, position: position, model: model)
  }

  private func summary(_ report: ReplayReport) -> JSONValue {
    let byKind = report.rows.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { ($0.key.word, JSONValue.integer(Int64($0.value))) }
    return .object([
      ("rows", .integer(Int64(report.rowCount))), ("rows_by_kind", .object(byKind)),
      ("blocks", .integer(Int64(report.blocks))), ("commits", .integer(Int64(report.commits))),
      ("gaps", .integer(Int64(report.gapCount))), ("trimmed", .array(report.trimmed.map(\.json))),
      ("from_checkpoint", .integer(Int64(clamping: report.fromCheckpoint))),
      ("to_checkpoint", .integer(Int64(clamping: report.toCheckpoint))),
    ])
  }
}
