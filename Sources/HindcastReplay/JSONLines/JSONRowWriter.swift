internal import HindcastFormat

/// A row of the log as a line of JSON:
///
///     {"kind":"prediction","model":"fraud","version":"7","environment":"production","position":12,
///      "id":"a-1","time":"2026-11-01T00:00:00.000000Z","features":{"amount":12.5},"outputs":{"score":0.93},
///      "tags":{"region":"eu"},"system":{"latency_us":420}}
///
/// Columns stand under their role (`features`, `outputs`, `tags`, `actuals`, `system`) by their own names; a role without
/// columns in the block is left out, a value that is null stands as null. Numbers are the shortest text that reads back
/// as the same value; NaN and the infinities are the strings "NaN", "Infinity" and "-Infinity". Timestamps are RFC 3339
/// in UTC, uuids their canonical text, bytes base 64, vectors and lists arrays.
struct JSONRowWriter {
  private static let roles: [(role: ColumnRole, name: String)] = [
    (.feature, "features"), (.output, "outputs"), (.tag, "tags"), (.actual, "actuals"), (.system, "system"),
  ]

  /// A piece of a row: what stands before a value, and the column it comes from.
  private struct Piece {
    var prefix: [UInt8]
    var column: Column
  }

  func write(_ rows: ReplayRows, to file: OutputFile) throws(ReplayError) {
    let stream = rows.block.stream
    var head: [UInt8] = []
    for (name, value) in [
      ("kind", stream.kind.word), ("model", stream.model), ("version", stream.version),
      ("environment", stream.environment.word),
    ] {
      head.append(contentsOf: (head.isEmpty ? "{" : ",").utf8)
      Self.append(name: name, to: &head)
      JSONText.append(value, to: &head)
    }
    head.append(UInt8(ascii: ","))
    Self.append(name: "position", to: &head)
    let pieces = Self.pieces(rows.block)
    let tail = Array((pieces.isNested ? "}}\n" : "}\n").utf8)
    var line: [UInt8] = []
    for row in 0..<rows.block.rowCount {
      line.removeAll(keepingCapacity: true)
      line += head
      line.append(contentsOf: String(rows.positions[row]).utf8)
      for piece in pieces.pieces {
        line += piece.prefix
        Self.append(piece.column, row, to: &line)
      }
      line += tail
      try file.write(line)
    }
  }

  /// The columns in the order of a row, with the names and braces between them.
  private static func pieces(_ block: Block) -> (pieces: [Piece], isNested: Bool) {
    var pieces: [Piece] = []
    for column in block.columns where column.schema.role == .id || column.schema.role == .time {
      var prefix: [UInt8] = [UInt8(ascii: ",")]
      append(name: column.name, to: &prefix)
      pieces.append(Piece(prefix: prefix, column: column))
    }
    var isNested = false
    for (role, name) in roles {
      for (index, column) in block.columns.filter({ $0.schema.role == role }).enumerated() {
        var prefix: [UInt8] = []
        if index == 0 {
          prefix.append(contentsOf: (isNested ? "}," : ",").utf8)
          append(name: name, to: &prefix)
          prefix.append(UInt8(ascii: "{"))
          isNested = true
        } else {
          prefix.append(UInt8(ascii: ","))
        }
        append(name: column.name, to: &prefix)
        pieces.append(Piece(prefix: prefix, column: column))
      }
    }
    return (pieces, isNested)
  }

  private static func append(name: String, to line: inout [UInt8]) {
    JSONText.append(name, to: &line)
    line.append(UInt8(ascii: ":"))
  }

  private static func append(_ column: Column, _ row: Int, to line: inout [UInt8]) {
    if column.isNull(row) { return line.append(contentsOf: "null".utf8) }
    switch column.values {
    case .bool(let values): line.append(contentsOf: (values[row] == 0 ? "false" : "true").utf8)
    case .int64(let values):
      if column.schema.type == .timestamp {
        JSONText.append(TimestampText.format(values[row]), to: &line)
      } else {
        JSONText.append(values[row], to: &line)
      }
    case .float32(let values):
      if column.schema.type == .vector {
        let start = row * column.schema.dimension
        appendArray(start..<start + column.schema.dimension, to: &line) { JSONText.append(values[$0], to: &$1) }
      } else {
        JSONText.append(values[row], to: &line)
      }
    case .float64(let values): JSONText.append(values[row], to: &line)
    case .strings(let values):
      if column.schema.type == .bytes {
        JSONText.append(base64: values[row], to: &line)
      } else {
        append(values, row, to: &line)
      }
    case .uuid(let values):
      line.append(UInt8(ascii: "\""))
      UUIDText.append(values[row * 16..<row * 16 + 16], to: &line)
      line.append(UInt8(ascii: "\""))
    case .stringList(let offsets, let elements):
      appendArray(Int(offsets[row])..<Int(offsets[row + 1]), to: &line) { append(elements, $0, to: &$1) }
    case .doubleList(let offsets, let elements):
      appendArray(Int(offsets[row])..<Int(offsets[row + 1]), to: &line) { JSONText.append(elements[$0], to: &$1) }
    }
  }

  private static func append(_ strings: ByteStrings, _ index: Int, to line: inout [UInt8]) {
    strings.bytes.withUnsafeBytes { all in
      let range = Int(strings.offsets[index])..<Int(strings.offsets[index + 1])
      JSONText.append(utf8: UnsafeRawBufferPointer(rebasing: all[range]), to: &line)
    }
  }

  private static func appendArray(
    _ range: Range<Int>, to line: inout [UInt8], _ element: (Int, inout [UInt8]) -> Void
  ) {
    line.append(UInt8(ascii: "["))
    for index in range {
      if index > range.lowerBound { line.append(UInt8(ascii: ",")) }
      element(index, &line)
    }
    line.append(UInt8(ascii: "]"))
  }
}
