internal import ArgumentParser
internal import HindcastFormat
internal import HindcastReplay
internal import HindcastWire

struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List what the log holds.",
    discussion: """
      One line for each kind of event of each version of a model: rows (repeats included), the bytes they take, and the \
      range of event time.

        hindcast models --server 127.0.0.1:7400
        hindcast models --data /var/lib/hindcast --json
      """)

  @OptionGroup var source: SourceOptions

  @Flag(help: "Print JSON: one array of objects.")
  var json = false

  mutating func run() async throws {
    let streams = try await EventSource.with(source) { try await $0.streams() }
    if json { return try StandardOutput.write(JSONValue.array(streams.map(Self.json)).text + "\n") }
    guard !streams.isEmpty else { return StandardError.writeLine("The log holds no model yet.") }
    var table = TextTable([
      "model", "version", "environment", "kind", ">rows", ">blocks", ">bytes", ">bytes/row", "first", "last",
    ])
    for summary in streams {
      let perRow = summary.rows > 0 ? Figures.decimals(Double(summary.storedBytes) / Double(summary.rows), 1) : "-"
      table.add([
        summary.stream.model, summary.stream.version, summary.stream.environment.word, summary.stream.kind.word,
        Figures.grouped(summary.rows), Figures.grouped(summary.blocks), Figures.bytes(summary.storedBytes), perRow,
        TimestampText.format(summary.minTime), TimestampText.format(summary.maxTime),
      ])
    }
    try StandardOutput.write(table.text())
  }

  private static func json(_ summary: ModelSummary) -> JSONValue {
    .object([
      ("model", .string(summary.stream.model)), ("version", .string(summary.stream.version)),
      ("environment", .string(summary.stream.environment.word)), ("kind", .string(summary.stream.kind.word)),
      ("rows", .integer(Int64(clamping: summary.rows))), ("blocks", .integer(Int64(clamping: summary.blocks))),
      ("stored_bytes", .integer(Int64(clamping: summary.storedBytes))),
      ("min_time", .string(TimestampText.format(summary.minTime))),
      ("max_time", .string(TimestampText.format(summary.maxTime))),
      ("last_position", .integer(Int64(clamping: summary.lastPosition))),
    ])
  }
}
