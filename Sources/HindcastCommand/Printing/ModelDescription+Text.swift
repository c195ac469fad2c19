internal import HindcastFormat
internal import HindcastReplay
internal import HindcastWire

extension [ModelSummary] {
  /// A line a part.
  var table: String {
    var table = TextTable([
      "model", "version", "environment", "kind", ">rows", ">blocks", ">bytes", ">bytes/row", "first", "last",
    ])
    for summary in self {
      let perRow = summary.rows > 0 ? Figures.decimals(Double(summary.storedBytes) / Double(summary.rows), 1) : "-"
      table.add([
        summary.stream.model, summary.stream.version, summary.stream.environment.word, summary.stream.kind.word,
        Figures.grouped(summary.rows), Figures.grouped(summary.blocks), Figures.bytes(summary.storedBytes), perRow,
        TimestampText.format(summary.minTime), TimestampText.format(summary.maxTime),
      ])
    }
    return table.text()
  }

  var json: JSONValue { .array(map(\.json)) }
}

extension ModelSummary {
  fileprivate var json: JSONValue {
    .object([
      ("model", .string(stream.model)), ("version", .string(stream.version)),
      ("environment", .string(stream.environment.word)), ("kind", .string(stream.kind.word)),
      ("rows", .integer(Int64(clamping: rows))), ("blocks", .integer(Int64(clamping: blocks))),
      ("stored_bytes", .integer(Int64(clamping: storedBytes))),
      ("min_time", .string(TimestampText.format(minTime))), ("max_time", .string(TimestampText.format(maxTime))),
      ("last_position", .integer(Int64(clamping: lastPosition))),
    ])
  }
}

extension DescribeModelResponse {
  /// The parts, then what became of the predictions that were served, then the columns.
  var text: String {
    var sections = [parts.table]
    if !served.isEmpty { sections.append(servedTable) }
    let losses = lossTable
    if !losses.isEmpty { sections.append(losses.text()) }
    if !columns.isEmpty { sections.append(columnTable) }
    let unreadable = served.reduce(UInt64(0)) { $0.addingClamped($1.unreadableReports) }
    if unreadable > 0 {
      sections.append("\(Figures.grouped(unreadable)) loss reports break the format's rules and are not counted.\n")
    }
    for gap in gaps { sections.append("Losses may be missing: \(gap.text).\n") }
    return sections.joined(separator: "\n")
  }

  private var servedTable: String {
    var table = TextTable(["version", "environment", ">served", ">logged", ">sampled out", ">dropped"])
    for summary in served {
      let lost = summary.lost.filter { $0.kind == .prediction }
      func count(_ isWanted: (String) -> Bool) -> String {
        Figures.grouped(lost.reduce(UInt64(0)) { isWanted($1.reason) ? $0.addingClamped($1.sum.count) : $0 })
      }
      let sampledOut = LossReason.sampledOut.rawValue
      table.add([
        summary.version, summary.environment.word, Figures.grouped(summary.served), Figures.grouped(summary.logged),
        count { $0 == sampledOut }, count { $0 != sampledOut },
      ])
    }
    return table.text()
  }

  private var lossTable: TextTable {
    var table = TextTable(["version", "environment", "lost", "reason", ">count", ">bytes", "first", "last"])
    for summary in served {
      for lost in summary.lost {
        table.add([
          summary.version, summary.environment.word, lost.kind.plural, lost.reason, Figures.grouped(lost.sum.count),
          Figures.bytes(lost.sum.bytes), TimestampText.format(lost.sum.times.lowerBound),
          TimestampText.format(lost.sum.times.upperBound),
        ])
      }
    }
    return table
  }

  private var columnTable: String {
    var table = TextTable(["kind", "version", "column", "type"])
    for column in columns {
      table.add([column.kind.word, column.version, column.schema.qualifiedName, column.schema.typeText])
    }
    return table.text()
  }

  /// One object.
  var json: JSONValue {
    .object([
      ("parts", parts.json), ("served", .array(served.map(\.json))),
      (
        "columns",
        .array(
          columns.map { column in
            .object([
              ("kind", .string(column.kind.word)), ("version", .string(column.version)),
              ("role", .string(column.schema.role.word)), ("name", .string(column.schema.name)),
              ("type", .string(column.schema.type.word)), ("dimension", .integer(Int64(column.schema.dimension))),
            ])
          })
      ), ("gaps", .array(gaps.map(\.json))),
    ])
  }
}

extension ServedSummary {
  fileprivate var json: JSONValue {
    .object([
      ("version", .string(version)), ("environment", .string(environment.word)),
      ("served", .integer(Int64(clamping: served))), ("logged", .integer(Int64(clamping: logged))),
      (
        "lost",
        .array(
          lost.map { lost in
            .object([
              ("kind", .string(lost.kind.word)), ("reason", .string(lost.reason)),
              ("count", .integer(Int64(clamping: lost.sum.count))),
              ("bytes", .integer(Int64(clamping: lost.sum.bytes))),
              ("first_time", .string(TimestampText.format(lost.sum.times.lowerBound))),
              ("last_time", .string(TimestampText.format(lost.sum.times.upperBound))),
            ])
          })
      ), ("unreadable_reports", .integer(Int64(clamping: unreadableReports))),
    ])
  }
}
