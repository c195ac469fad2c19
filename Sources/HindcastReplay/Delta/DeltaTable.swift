internal import HindcastFormat

/// One Delta table that a replay fills: a folder with data files and a log, for the events of one kind.
///
/// Rows go into data files that no reader sees until `commit` names them in the log, together with the position up to
/// which the table is complete (a `txn` action). A table that is dropped without a commit leaves data files behind, which
/// the next replay removes.
///
/// A table holds its own checkpoint: a replay fills several, and may die after one's commit and before another's. Rows at
/// or below it are passed over.
final class DeltaTable {
  let path: String
  /// Everything selected up to here is in the table.
  private(set) var checkpoint: UInt64

  private let kind: EventKind
  private let selection: ReplaySelection
  private let compressor: ByteCompressor
  private let now: () -> Int64
  private var log: DeltaLog
  private var schema: DeltaSchema
  /// Columns of the schema that the log has.
  private var committedColumnCount: Int
  private var writer: ParquetFileWriter?
  private var finished: [DeltaDataFile] = []

  /// Rows and bytes of a data file, at about which the next one is begun.
  static let fileRowsMax = 1 << 20
  static let fileBytesMax = 1 << 30

  static let filePrefix = "hindcast-"
  private static let selectionKey = "hindcast.selection"
  private static let logKey = "hindcast.log"
  private static let kindKey = "hindcast.kind"

  /// Looks at what is there. Throws `notOurs` for a folder with anything else in it, and for a table of another selection
  /// or kind.
  init(
    _ path: String, kind: EventKind, selection: ReplaySelection, compressor: ByteCompressor, now: @escaping () -> Int64
  ) throws(ReplayError) {
    self.path = path
    self.kind = kind
    self.selection = selection
    self.compressor = compressor
    self.now = now
    log = try DeltaLog(path)
    schema = DeltaSchema(hasIDs: kind != .loss)
    committedColumnCount = 0
    checkpoint = 0
    if let metadata = log.metadata { try open(metadata) } else { try Self.checkEmpty(path, log) }
  }

  /// Whether a folder holds a table, or what a replay that never came to its first commit left of one.
  static func stands(at path: String) throws(ReplayError) -> Bool {
    guard let information = try Posix.information(path), information.isDirectory else { return false }
    return try Posix.names(in: path).contains { $0 == DeltaLog.folderName || isDataFile($0) }
  }

  /// Rows of blocks of the table's kind.
  func write(_ rows: ReplayRows) throws(ReplayError) {
    let range = RowRange(ReadQuery(), after: checkpoint)
    let rows = rows.filtered(by: range.mask(rows.block, rows.positions))
    let sources = try fit(rows.block)
    var start = 0
    while start < rows.block.rowCount {
      let writer = try openWriter()
      let part = start..<min(start + writer.rowGroupRoom, rows.block.rowCount)
      let fillers = fillers(for: writer, rows, sources)
      try writer.append(rows: part.count) { index, buffer in fillers[index].fill(&buffer, rows, part) }
      start = part.upperBound
      if writer.rowCount >= Self.fileRowsMax || writer.byteCount >= Self.fileBytesMax { try finishWriter() }
    }
  }

  /// Makes what was written visible, and the table complete up to `position`. Nothing happens if it is already.
  func commit(upTo position: UInt64) throws(ReplayError) {
    guard position > checkpoint else { return }
    try finishWriter()
    // A replay on another machine, which our lock does not keep out, may have taken our files for leftovers.
    for file in finished where try Posix.information("\(path)/\(file.name)")?.byteCount != file.byteCount {
      throw ReplayError(.busy, "\(path)/\(file.name) was changed before its commit; is another replay running?")
    }
    try Posix.makeDirectory(path)
    if !finished.isEmpty { try Posix.synchronizeDirectory(path) }
    try log.commit(actions(position))
    checkpoint = position
    committedColumnCount = schema.columns.count
    finished = []
  }

  // MARK: Opening

  private func open(_ metadata: JSONValue) throws(ReplayError) {
    guard let recorded = metadata["configuration"]?[Self.selectionKey]?.string,
      let kindWord = metadata["configuration"]?[Self.kindKey]?.string, kindWord == kind.word
    else {
      throw ReplayError(
        .notOurs, "\(path) is a Delta table that no replay of \(kind.plural) has made; name another folder")
    }
    try selection.check(
      recordedText: recorded, recordedLog: metadata["configuration"]?[Self.logKey]?.string,
      sink: "the Delta table \(path)")
    guard let text = metadata["schemaString"]?.string else {
      throw ReplayError(.damagedSink, "the log of the Delta table \(path) has no schema")
    }
    schema = try DeltaSchema(parsing: text, table: path)
    committedColumnCount = schema.columns.count
    let version = log.transactions[application] ?? 0
    guard version >= 0 else { throw ReplayError(.damagedSink, "the checkpoint of \(path) is \(version)") }
    checkpoint = UInt64(version)
  }

  private static func checkEmpty(_ path: String, _ log: DeltaLog) throws(ReplayError) {
    guard let information = try Posix.information(path) else { return }
    guard information.isDirectory else {
      throw ReplayError(.notOurs, "\(path) is a file; a Delta table is a folder, so name another place")
    }
    let foreign = try Posix.names(in: path).first { $0 != DeltaLog.folderName && !isDataFile($0) }
    guard foreign == nil, log.version < 0 else {
      let found = foreign.map { "holds \($0), and " } ?? ""
      throw ReplayError(.notOurs, "\(path) \(found)is no table of a replay; name an empty or a new folder")
    }
  }

  private static func isDataFile(_ name: String) -> Bool { name.hasPrefix(filePrefix) && name.hasSuffix(".parquet") }

  /// Removes what an interrupted replay left. Only while the sink's lock is held: another replay's files look the same.
  func removeLeftovers() throws(ReplayError) {
    guard try Posix.information(path) != nil else { return }
    for name in try Posix.names(in: path) where Self.isDataFile(name) && !log.files.contains(name) {
      try Posix.remove("\(path)/\(name)")
    }
    for leftover in try log.leftovers() { try Posix.remove(leftover) }
  }

  // MARK: Writing

  /// The block column that fills each place of the schema. Makes room for columns that are new.
  private func fit(_ block: Block) throws(ReplayError) -> [Int: Int] {
    var sources: [Int: Int] = [:]
    for (index, column) in block.columns.enumerated() {
      sources[schema.place(DeltaColumnSource(column.schema))] = index
    }
    if let writer, writer.columns.count < schema.columns.count {
      if writer.takesColumns {
        for column in schema.columns[writer.columns.count...] { writer.add(column.parquet) }
      } else {
        try finishWriter()
      }
    }
    return sources
  }

  private func openWriter() throws(ReplayError) -> ParquetFileWriter {
    if let writer { return writer }
    try Posix.makeDirectory(path)
    let name = "\(Self.filePrefix)\(RandomName.make()).parquet"
    let writer = try ParquetFileWriter(
      "\(path)/\(name)", columns: schema.columns.map(\.parquet), compressor: compressor)
    self.writer = writer
    return writer
  }

  private func finishWriter() throws(ReplayError) {
    guard let writer else { return }
    self.writer = nil
    let rowCount = writer.rowCount
    try writer.finish()
    finished.append(
      DeltaDataFile(
        name: String(writer.path.dropFirst(path.count + 1)), byteCount: writer.byteCount, rowCount: rowCount,
        time: now(), columns: writer.columns, statistics: writer.statistics))
  }

  private func fillers(for writer: ParquetFileWriter, _ rows: ReplayRows, _ sources: [Int: Int]) -> [DeltaFiller] {
    schema.columns[..<writer.columns.count].enumerated().map { place, column in
      if let source = sources[place] { return .column(source) }
      guard column.source.role == DeltaColumnSource.logRole else { return .nulls }
      let stream = rows.block.stream
      return switch DeltaColumnSource.LogColumn(rawValue: column.source.name) {
      case .model: .constant(Array(stream.model.utf8))
      case .version: .constant(Array(stream.version.utf8))
      case .environment: .constant(Array(stream.environment.word.utf8))
      case .position: .position
      case nil: .nulls
      }
    }
  }

  // MARK: Committing

  /// Our transactions' name: the checkpoint is the version of the last one.
  private var application: String { "hindcast-replay:\(selection.query.model ?? "*")" }

  private func actions(_ position: UInt64) -> [JSONValue] {
    let time = now()
    var actions = [commitInfo(time)]
    if log.metadata == nil {
      actions.append(
        .object([
          (
            "protocol",
            .object([
              ("minReaderVersion", .integer(DeltaLog.readerVersion)),
              ("minWriterVersion", .integer(DeltaLog.writerVersion)),
            ])
          )
        ]))
    }
    if committedColumnCount < schema.columns.count { actions.append(metadata(time)) }
    actions.append(
      .object([
        (
          "txn",
          .object([
            ("appId", .string(application)), ("version", .integer(Int64(clamping: position))),
            ("lastUpdated", .integer(time)),
          ])
        )
      ]))
    return actions + finished.map(\.action)
  }

  private func commitInfo(_ time: Int64) -> JSONValue {
    .object([
      (
        "commitInfo",
        .object([
          ("timestamp", .integer(time)),
          ("operation", .string("WRITE")),
          ("operationParameters", .object([("mode", .string("Append")), ("partitionBy", .string("[]"))])),
          ("isBlindAppend", .boolean(true)),
          ("engineInfo", .string("hindcast")),
        ])
      )
    ])
  }

  /// A new table's metadata, or the old one's with the columns that have come.
  private func metadata(_ time: Int64) -> JSONValue {
    if case .object(var members) = log.metadata {
      members.removeAll { $0.name == "schemaString" }
      members.append(JSONValue.Member(name: "schemaString", value: .string(schema.text)))
      return .object([("metaData", .object(members))])
    }
    var configuration: [(String, JSONValue)] = [
      (Self.kindKey, .string(kind.word)),
      (Self.selectionKey, .string(selection.text)),
      // A replay reads the log from its beginning.
      ("delta.enableExpiredLogCleanup", .string("false")),
    ]
    if let log = selection.log { configuration.append((Self.logKey, .string(log))) }
    return .object([
      (
        "metaData",
        .object([
          ("id", .string(RandomName.make())),
          ("format", .object([("provider", .string("parquet")), ("options", .object([JSONValue.Member]()))])),
          ("schemaString", .string(schema.text)),
          ("partitionColumns", .array([])),
          ("configuration", .object(configuration)),
          ("createdTime", .integer(time)),
        ])
      )
    ])
  }
}

/// Where a column of a data file gets its values for the rows of one block.
private enum DeltaFiller {
  case column(Int)
  case constant([UInt8])
  case position
  case nulls

  func fill(_ buffer: inout ParquetColumnBuffer, _ rows: ReplayRows, _ range: Range<Int>) {
    switch self {
    case .column(let index): buffer.append(rows.block.columns[index], rows: range)
    case .constant(let text): buffer.append(text, count: range.count)
    case .position:
      switch rows.positions {
      case .same(let position): buffer.append(Int64(clamping: position), count: range.count)
      case .each(let positions): buffer.append(positions[range])
      }
    case .nulls: buffer.appendNulls(count: range.count)
    }
  }
}
