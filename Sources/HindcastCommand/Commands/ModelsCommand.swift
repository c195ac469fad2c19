internal import ArgumentParser
internal import Hindcast
internal import HindcastFormat
internal import HindcastReplay
internal import HindcastStorage
internal import HindcastWire

struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the models of a log: versions, kinds of events, rows, bytes, times.",
    discussion: """
        hindcast models --server 127.0.0.1:7400
        hindcast models --data /var/lib/hindcast --json
      """)

  @OptionGroup var source: SourceOptions

  @Flag(help: "Print JSON.")
  var json = false

  mutating func run() async throws {
    let streams = try await EventSource.with(source) { try await $0.streams() }
    if json {
      try StandardOutput.write(JSONValue.array(streams.map(\.json)).text + "\n")
      return
    }
    var table = TextTable(["model", "version", "environment", "kind", ">rows", ">blocks", ">bytes", "first", "last"])
    for figures in streams {
      table.add([
        figures.stream.model, figures.stream.version, figures.stream.environment.word, figures.stream.kind.word,
        Figures.grouped(figures.rows), Figures.grouped(figures.blocks), Figures.bytes(figures.storedBytes),
        figures.times.map { TimestampText.format($0.lowerBound) } ?? "",
        figures.times.map { TimestampText.format($0.upperBound) } ?? "",
      ])
    }
    try StandardOutput.write(table.isEmpty ? "the log holds no model yet\n" : table.text())
  }
}

/// What a log holds of one stream, whichever way it was asked.
private struct StreamFigures {
  var stream: StreamKey
  var rows: UInt64
  var blocks: UInt64
  var storedBytes: UInt64
  /// Microseconds since 1970 UTC; nil for kinds without a time.
  var times: ClosedRange<Int64>?
  var lastPosition: UInt64

  var json: JSONValue {
    .object([
      ("model", .string(stream.model)), ("version", .string(stream.version)),
      ("environment", .string(stream.environment.word)), ("kind", .string(stream.kind.word)),
      ("rows", .integer(Int64(clamping: rows))), ("blocks", .integer(Int64(clamping: blocks))),
      ("stored_bytes", .integer(Int64(clamping: storedBytes))),
      ("min_time", times.map { .string(TimestampText.format($0.lowerBound)) } ?? .null),
      ("max_time", times.map { .string(TimestampText.format($0.upperBound)) } ?? .null),
      ("last_position", .integer(Int64(clamping: lastPosition))),
    ])
  }

  static func times(_ min: Int64, _ max: Int64) -> ClosedRange<Int64>? { min <= max ? min...max : nil }
}

extension EventSource {
  fileprivate func streams() async throws -> [StreamFigures] {
    switch self {
    case .local(let store):
      store.streams().map {
        StreamFigures(
          stream: $0.stream, rows: $0.rows, blocks: $0.blocks, storedBytes: $0.storedBytes,
          times: StreamFigures.times($0.minTime, $0.maxTime), lastPosition: $0.lastPosition)
      }
    case .remote(let reader):
      try await reader.listModels().map {
        StreamFigures(
          stream: $0.stream, rows: $0.rows, blocks: $0.blocks, storedBytes: $0.storedBytes,
          times: StreamFigures.times($0.minTime, $0.maxTime), lastPosition: $0.lastPosition)
      }
    }
  }
}
