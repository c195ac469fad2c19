import HindcastFormat
import HindcastStorage

/// Predictions with a feature of each common type, nulls, and late clocks: real blocks, as an SDK would send them.
func predictions(
  _ numbers: Range<Int>, stream: StreamKey = testStream, daySpan: Int = 2, withNote: Bool = false
) throws -> EncodedBlock {
  var builder = BlockBuilder(stream: stream)
  let id = try builder.column(ColumnSchema(ColumnName.id, role: .id, type: .string))
  let time = try builder.column(ColumnSchema(ColumnName.time, role: .time, type: .timestamp))
  let amount = try builder.column(ColumnSchema("amount", role: .feature, type: .float64))
  let city = try builder.column(ColumnSchema("city", role: .feature, type: .string))
  let score = try builder.column(ColumnSchema(ColumnName.score, role: .output, type: .float32))
  let embedding = try builder.column(ColumnSchema("embedding", role: .feature, type: .vector, dimension: 3))
  let note = withNote ? try builder.column(ColumnSchema("note", role: .tag, type: .string)) : nil
  for number in numbers {
    builder.append("row-\(number)", to: id)
    builder.append(rowTime(number, daySpan: daySpan), to: time)
    if !number.isMultiple(of: 7) { builder.append(Double(number) * 1.25, to: amount) }
    builder.append(["Berlin", "Lima", "Oslo"][number % 3], to: city)
    builder.append(Float(number) / 1_000, to: score)
    builder.append(vector: [Float(number), 0, -1], to: embedding)
    if let note { builder.append("n\(number)", to: note) }
    builder.endRow()
  }
  return try BlockEncoder(effort: .ingest).encode(builder.take())
}

/// Spreads rows over days, out of order.
func rowTime(_ number: Int, daySpan: Int) -> Int64 {
  let day = Int64(number * 7 % max(1, daySpan))
  return 1_541_000_000_000_000 + day * 86_400_000_000 + Int64(number) * 1_000
}

func actuals(_ numbers: Range<Int>, revision: Int64 = 0) throws -> EncodedBlock {
  let stream = StreamKey(kind: .actual, model: "loans", version: "", environment: .production)
  var builder = BlockBuilder(stream: stream)
  let id = try builder.column(ColumnSchema(ColumnName.id, role: .id, type: .string))
  let time = try builder.column(ColumnSchema(ColumnName.time, role: .time, type: .timestamp))
  let label = try builder.column(ColumnSchema(ColumnName.label, role: .actual, type: .bool))
  let revisions = try builder.column(ColumnSchema(ColumnName.revision, role: .system, type: .int64))
  for number in numbers {
    builder.append("row-\(number)", to: id)
    builder.append(rowTime(number, daySpan: 3), to: time)
    builder.append(number.isMultiple(of: 2), to: label)
    builder.append(revision, to: revisions)
    builder.endRow()
  }
  return try BlockEncoder(effort: .ingest).encode(builder.take())
}

/// Rows as text, whatever blocks they lie in: stream, position, and each value that is there, by name.
func rows(_ items: [StoredItem]) throws -> [String] {
  var lines: [String] = []
  for stored in items.blocks {
    let block = try BlockDecoder.decode(stored.bytes)
    let positions = block.columns.first { $0.schema.isRowPosition }
    for row in 0..<block.rowCount {
      let position: Int64 =
        if case .int64(let values) = positions?.values { values[row] } else { Int64(stored.position) }
      let fields = block.columns.filter { !$0.schema.isRowPosition && !$0.isNull(row) }
        .map { "\($0.schema.qualifiedName)=\($0.text(row))" }.sorted()
      lines.append("\(block.stream) @\(position) \(fields.joined(separator: " "))")
    }
  }
  return lines.sorted()
}

extension Column {
  fileprivate func text(_ row: Int) -> String {
    switch values {
    case .bool(let values): "\(values[row])"
    case .int64(let values): "\(values[row])"
    case .float32(let values):
      "\(values[row * max(1, schema.dimension)..<(row + 1) * max(1, schema.dimension)].map(\.bitPattern))"
    case .float64(let values): "\(values[row].bitPattern)"
    case .strings(let values): values.string(row)
    case .uuid(let values): "\(values[row * 16..<row * 16 + 16])"
    case .stringList, .doubleList: "list"
    }
  }
}

/// Rows without a time: attributions need none.
func attributions(_ numbers: Range<Int>, model: String = "loans") throws -> EncodedBlock {
  var builder = BlockBuilder(
    stream: StreamKey(kind: .attribution, model: model, version: "1", environment: .production))
  let id = try builder.column(ColumnSchema(ColumnName.id, role: .id, type: .string))
  let amount = try builder.column(ColumnSchema("amount", role: .feature, type: .float64))
  for number in numbers {
    builder.append("row-\(number)", to: id)
    builder.append(Double(number) / 4, to: amount)
    builder.endRow()
  }
  return try BlockEncoder(effort: .ingest).encode(builder.take())
}

/// The first moment of a day of `rowTime`, counted from its first.
func testDay(_ day: Int64) -> Int64 { (1_541_000_000_000_000 / 86_400_000_000 + day) * 86_400_000_000 }

/// Predictions of one model whose rows are all on one day, counted as in `testDay`.
func predictions(_ numbers: Range<Int>, onDay day: Int64, model: String = "loans") throws -> EncodedBlock {
  var builder = BlockBuilder(
    stream: StreamKey(kind: .prediction, model: model, version: "1", environment: .production))
  let id = try builder.column(ColumnSchema(ColumnName.id, role: .id, type: .string))
  let time = try builder.column(ColumnSchema(ColumnName.time, role: .time, type: .timestamp))
  let amount = try builder.column(ColumnSchema("amount", role: .feature, type: .float64))
  for number in numbers {
    builder.append("row-\(number)", to: id)
    builder.append(testDay(day) + Int64(number), to: time)
    builder.append(Double(number) / 4, to: amount)
    builder.endRow()
  }
  return try BlockEncoder(effort: .ingest).encode(builder.take())
}

/// Loss reports of one model, all made on one day, counted as in `testDay`: one for each count.
func losses(
  _ counts: [Int64], onDay day: Int64 = 0, model: String = "loans", version: String = "1",
  reason: LossReason = .queueFull, kind: EventKind = .prediction
) throws -> EncodedBlock {
  var builder = BlockBuilder(
    stream: StreamKey(kind: .loss, model: model, version: version, environment: .production))
  let time = try builder.column(ColumnSchema(ColumnName.time, role: .time, type: .timestamp))
  let reasons = try builder.column(ColumnSchema(ColumnName.reason, role: .system, type: .string))
  let kinds = try builder.column(ColumnSchema(ColumnName.lostKind, role: .system, type: .string))
  let column = try builder.column(ColumnSchema(ColumnName.count, role: .system, type: .int64))
  let first = try builder.column(ColumnSchema(ColumnName.firstTime, role: .system, type: .timestamp))
  for count in counts {
    builder.append(testDay(day) + 1_000_000, to: time)
    builder.append(reason.rawValue, to: reasons)
    builder.append(kind.word, to: kinds)
    builder.append(count, to: column)
    builder.append(testDay(day), to: first)
    builder.endRow()
  }
  return try BlockEncoder(effort: .ingest).encode(builder.take())
}
