internal import HindcastFormat
internal import HindcastReplay
internal import HindcastStorage

/// One frame of a file, for people and for scripts.
struct FrameDescription {
  private let frame: FileInspection.Frame

  init(_ frame: FileInspection.Frame) { self.frame = frame }

  var text: String {
    var lines = [head]
    if let problem = frame.problem { lines.append("  DAMAGED: \(problem)") }
    if let summary = frame.summary {
      let hasStatistics = summary.columns.contains { $0.statistics != nil }
      var table = TextTable(
        ["column", "type", "encoding", ">bytes", ">bytes/row"]
          + (hasStatistics ? [">nulls", ">distinct", "smallest", "largest"] : []))
      for column in summary.columns {
        var cells = [
          column.schema.qualifiedName, column.schema.typeText, column.encoding, Figures.grouped(column.byteCount),
          Figures.decimals(Double(column.byteCount) / Double(max(summary.rowCount, 1)), 2),
        ]
        if hasStatistics { cells += StatisticsText.cells(column.statistics, column.schema) }
        table.add(cells)
      }
      lines.append(table.text(indent: "  ").trimmingLastLineEnd)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var head: String {
    var parts = ["\(frame.offset):"]
    guard let header = frame.header else { return "\(frame.offset): no frame" }
    parts.append(header.type.word)
    if header.type == .block {
      parts.append(
        header.position == header.lastPosition
          ? "position \(header.position)" : "positions \(header.position) to \(header.lastPosition)")
    }
    if let stream = frame.summary?.stream {
      parts.append(
        "\(stream.model) \(stream.version.isEmpty ? "(no version)" : stream.version) \(stream.environment.word) \(stream.kind.word)"
      )
      parts.append("\(Figures.grouped(header.rows)) rows")
      parts.append("\(TimestampText.format(header.minTime)) to \(TimestampText.format(header.maxTime))")
    }
    switch frame.content {
    case .fileHeader(let file):
      parts.append("log \(file.logID), by \(file.writer), created \(TimestampText.format(file.created))")
    case .footer(let footer):
      parts.append(
        "\(footer.frames.count) blocks, \(Figures.grouped(footer.rows)) rows, \(footer.producers.count) producers")
    case .manifestEdit(let edit):
      parts.append(
        "edit \(edit.number), compacted up to \(edit.compactedPosition), \(edit.added.count) files added, \(edit.removed.count) removed"
      )
    case nil: break
    }
    parts.append(Figures.bytes(header.payloadLength))
    return parts.joined(separator: "  ")
  }

  var json: JSONValue {
    var members: [(String, JSONValue)] = [("offset", .integer(Int64(clamping: frame.offset)))]
    if let header = frame.header {
      members += [
        ("type", .string(header.type.word)), ("payload_bytes", .integer(Int64(header.payloadLength))),
        ("position", .integer(Int64(clamping: header.position))),
        ("last_position", .integer(Int64(clamping: header.lastPosition))),
        ("durable_position", .integer(Int64(clamping: header.durablePosition))),
        ("epoch", .integer(Int64(clamping: header.epoch))), ("sequence", .integer(Int64(clamping: header.sequence))),
        ("rows", .integer(Int64(header.rows))),
      ]
    }
    if let summary = frame.summary {
      members += [
        ("model", .string(summary.stream.model)), ("version", .string(summary.stream.version)),
        ("environment", .string(summary.stream.environment.word)), ("kind", .string(summary.stream.kind.word)),
        ("columns", .array(summary.columns.map(Self.json))),
      ]
    }
    if let problem = frame.problem { members.append(("problem", .string(problem))) }
    return .object(members)
  }

  private static func json(_ column: BlockSummary.ColumnSummary) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("role", .string(column.schema.role.word)), ("name", .string(column.schema.name)),
      ("type", .string(column.schema.typeText)), ("encoding", .string(column.encoding)),
      ("bytes", .integer(Int64(column.byteCount))),
    ]
    if let statistics = column.statistics {
      members.append(("statistics", StatisticsText.json(statistics, column.schema)))
    }
    return .object(members)
  }
}

extension ColumnSchema {
  /// `float64`, `vector(64)`.
  var typeText: String { dimension > 0 ? "\(type.word)(\(dimension))" : type.word }
}

extension FrameHeader.FrameType {
  fileprivate var word: String {
    switch self {
    case .fileHeader: "file_header"
    case .block: "block"
    case .footer: "footer"
    case .manifestEdit: "manifest_edit"
    case .mark: "mark"
    }
  }
}

extension String {
  /// Without the line end that a table ends with.
  var trimmingLastLineEnd: String { hasSuffix("\n") ? String(dropLast()) : self }
}
