internal import HindcastFormat
internal import HindcastReplay

/// Prints rows as CSV (RFC 4180, lines end with LF): `kind,model,version,environment,position`, `id`, `time`, then each column as
/// `role.name`. A value that is null is empty; text that could be mistaken for that, or for anything but itself, is
/// quoted; bytes are base 64, lists and vectors JSON.
struct CSVSink: ReplaySink {
  private static let head = ["kind", "model", "version", "environment", "position"]

  private var output = StandardOutput()
  /// The columns of the first block; nil before it.
  private var columns: [ColumnSchema]?

  mutating func checkpoint() throws -> UInt64 { 0 }
  mutating func commit(upTo position: UInt64) throws { try output.flush() }
  mutating func close() throws { try output.flush() }

  mutating func write(_ rows: ReplayRows) throws {
    if columns == nil { try writeHead(rows.block) }
    let places = try places(of: rows.block)
    let stream = rows.block.stream
    let start = [stream.kind.word, stream.model, stream.version, stream.environment.word].map(Self.quoted)
      .joined(separator: ",")
    for row in 0..<rows.block.rowCount {
      var line = "\(start),\(rows.positions[row])"
      for column in places {
        line += ","
        if let column, !column.isNull(row) { line += Self.text(column, row) }
      }
      try output.writeLine(line)
    }
  }

  private mutating func writeHead(_ block: Block) throws {
    let schemas = block.columns.map(\.schema)
    columns = schemas
    let names = schemas.map { $0.role == .id || $0.role == .time ? $0.name : "\($0.role.word).\($0.name)" }
    try output.writeLine((Self.head + names).map(Self.quoted).joined(separator: ","))
  }

  /// For each column of the head the block's, nil where it has none. Types may differ from the first block's.
  private func places(of block: Block) throws -> [Column?] {
    let columns = columns ?? []
    if let extra = block.columns.first(where: { column in
      !columns.contains { $0.role == column.schema.role && $0.name == column.name }
    }) {
      throw CommandError(
        "a block of \(block.stream.kind.plural) has the column '\(extra.schema.qualifiedName)', which the header lacks; name the columns with --columns, choose a --kind, or print JSON"
      )
    }
    return columns.map { schema in block.column(schema.role, schema.name) }
  }

  private static func text(_ column: Column, _ row: Int) -> String {
    switch column.values {
    case .bool(let values): return values[row] == 0 ? "false" : "true"
    case .int64(let values):
      return column.schema.type == .timestamp ? TimestampText.format(values[row]) : "\(values[row])"
    case .float64(let values): return "\(values[row])"
    case .float32(let values):
      guard column.schema.type == .vector else { return "\(values[row])" }
      let elements = values[row * column.schema.dimension..<(row + 1) * column.schema.dimension]
      return quoted(json(elements) { JSONText.append($0, to: &$1) })
    case .strings(let values):
      guard column.schema.type == .bytes else { return quoted(values.string(row), isValue: true) }
      var text: [UInt8] = []
      JSONText.append(base64: values[row], to: &text)
      return String(decoding: text, as: UTF8.self).filter { $0 != "\"" }
    case .uuid(let values):
      var text: [UInt8] = []
      UUIDText.append(values[row * 16..<(row + 1) * 16], to: &text)
      return String(decoding: text, as: UTF8.self)
    case .stringList(let offsets, let elements):
      let range = Int(offsets[row])..<Int(offsets[row + 1])
      return quoted(json(range) { JSONText.append(elements.string($0), to: &$1) })
    case .doubleList(let offsets, let elements):
      return quoted(json(elements[Int(offsets[row])..<Int(offsets[row + 1])]) { JSONText.append($0, to: &$1) })
    }
  }

  private static func json<Element>(
    _ elements: some Collection<Element>, _ append: (Element, inout [UInt8]) -> Void
  ) -> String {
    var text = [UInt8(ascii: "[")]
    for (index, element) in elements.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      append(element, &text)
    }
    return String(decoding: text + [UInt8(ascii: "]")], as: UTF8.self)
  }

  private static func quoted(_ text: String) -> String { quoted(text, isValue: false) }

  /// An empty value is quoted, so that it is not null; an empty name need not be.
  static func quoted(_ text: String, isValue: Bool) -> String {
    let needsQuotes = text.isEmpty ? isValue : text.utf8.contains { ",\"\r\n".utf8.contains($0) }
    guard needsQuotes else { return text }
    var quoted = "\""
    for character in text.unicodeScalars {
      if character == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(character)
    }
    return quoted + "\""
  }
}
