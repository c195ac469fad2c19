internal import HindcastFormat
internal import HindcastReplay
internal import HindcastStorage

/// What the columns of a data directory cost, summed over all its files by stream.
struct ColumnSurvey {
  struct Total {
    var rows = 0
    var bytes = 0
    /// How many blocks chose which encoding.
    var encodings: [String: Int] = [:]
  }

  struct Stream {
    var rows = 0
    var blocks = 0
    var bytes = 0
    /// In the order in which they were first seen.
    var columns: [ColumnSchema] = []
    var totals: [ColumnSchema: Total] = [:]
  }

  private var streams: [StreamKey: Stream] = [:]
  private var fileCount = 0
  private var fileBytes: UInt64 = 0
  private var problems: [String] = []
  /// Reports are for people: a directory of damaged files need not be listed byte by byte; `verify` does that.
  private static let problemsMax = 100

  init(directory: String) throws {
    for path in try FileInspection.files(ofDirectory: directory) {
      var file = try FileInspection(path: path)
      fileCount += 1
      fileBytes += file.byteCount
      while let frame = try file.next() {
        if let problem = frame.problem, problems.count < Self.problemsMax {
          problems.append("\(path), offset \(frame.offset): \(problem)")
        }
        if let summary = frame.summary { add(summary, byteCount: Int(frame.header?.payloadLength ?? 0)) }
      }
    }
  }

  private mutating func add(_ summary: BlockSummary, byteCount: Int) {
    var stream = streams[summary.stream] ?? Stream()
    stream.rows += summary.rowCount
    stream.blocks += 1
    stream.bytes += byteCount
    for column in summary.columns {
      if stream.totals[column.schema] == nil { stream.columns.append(column.schema) }
      stream.totals[column.schema, default: Total()].add(column, rows: summary.rowCount)
    }
    streams[summary.stream] = stream
  }

  private var sorted: [(key: StreamKey, value: Stream)] {
    streams.sorted {
      ($0.key.model, $0.key.version, $0.key.environment.rawValue, $0.key.kind.rawValue)
        < ($1.key.model, $1.key.version, $1.key.environment.rawValue, $1.key.kind.rawValue)
    }
  }

  var text: String {
    var text = "\(Figures.grouped(fileCount)) files, \(Figures.bytes(fileBytes))\n"
    for (key, stream) in sorted {
      let version = key.version.isEmpty ? "(no version)" : key.version
      text +=
        "\n\(key.model) \(version) \(key.environment.word) \(key.kind.word): \(Figures.grouped(stream.rows)) rows in "
      text += "\(Figures.grouped(stream.blocks)) blocks, \(Self.perRow(stream.bytes, stream.rows)) bytes a row\n"
      var table = TextTable(["column", "type", ">bytes", ">bytes/row", "encodings (blocks)"])
      for schema in stream.columns {
        guard let total = stream.totals[schema] else { continue }
        table.add([
          schema.qualifiedName, schema.typeText, Figures.grouped(total.bytes), Self.perRow(total.bytes, total.rows),
          total.encodingList.map { "\($0.name) (\($0.blocks))" }.joined(separator: ", "),
        ])
      }
      text += table.text(indent: "  ")
    }
    for problem in problems { text += "DAMAGED \(problem)\n" }
    return text
  }

  var json: JSONValue {
    .object([
      ("files", .integer(Int64(fileCount))), ("bytes", .integer(Int64(clamping: fileBytes))),
      ("streams", .array(sorted.map { Self.json($0.key, $0.value) })),
      ("problems", .array(problems.map { .string($0) })),
    ])
  }

  private static func json(_ key: StreamKey, _ stream: Stream) -> JSONValue {
    let columns = stream.columns.map { schema -> JSONValue in
      let total = stream.totals[schema] ?? Total()
      return .object([
        ("role", .string(schema.role.word)), ("name", .string(schema.name)), ("type", .string(schema.typeText)),
        ("rows", .integer(Int64(total.rows))), ("bytes", .integer(Int64(total.bytes))),
        ("encodings", .object(total.encodingList.map { ($0.name, .integer(Int64($0.blocks))) })),
      ])
    }
    return .object([
      ("model", .string(key.model)), ("version", .string(key.version)), ("environment", .string(key.environment.word)),
      ("kind", .string(key.kind.word)), ("rows", .integer(Int64(stream.rows))),
      ("blocks", .integer(Int64(stream.blocks))), ("bytes", .integer(Int64(stream.bytes))),
      ("columns", .array(columns)),
    ])
  }

  private static func perRow(_ bytes: Int, _ rows: Int) -> String {
    Figures.decimals(Double(bytes) / Double(max(rows, 1)), 2)
  }
}

extension ColumnSurvey.Total {
  fileprivate mutating func add(_ column: BlockSummary.ColumnSummary, rows: Int) {
    self.rows += rows
    bytes += column.byteCount
    encodings[column.encoding, default: 0] += 1
  }

  /// Those that most blocks chose first.
  fileprivate var encodingList: [(name: String, blocks: Int)] {
    encodings.map { (name: $0.key, blocks: $0.value) }.sorted { ($1.blocks, $0.name) < ($0.blocks, $1.name) }
  }
}
