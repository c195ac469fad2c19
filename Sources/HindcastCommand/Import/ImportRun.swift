internal import Hindcast
internal import HindcastFormat

/// One import: looks through the files, plans, sends, waits until all is on disk.
///
/// Regular files are read twice, first for their types and to find bad rows before anything is sent. Standard input is
/// read once: types come from its first rows, which are kept until the plan stands.
struct ImportRun {
  let kind: EventKind
  let options: InputOptions
  /// Assigns the columns that the survey found.
  let plan: (inout ImportPlanner) throws -> ImportPlan

  /// What types are inferred from where the input can be read only once.
  static let sampleRows = 100_000
  /// What may wait in memory for the server.
  private static let waitingBytes = 256 << 20
  /// How long to wait for a server that has not answered at all yet.
  private static let firstAnswer = Duration.seconds(10)

  func run() async throws {
    let start = ContinuousClock.now
    let isSilent = options.quiet || options.json
    let readings = try options.files.map { try InputFile($0, options.reading) }
    var survey = InputSurvey()
    var badRows = 0
    try look(through: readings, into: &survey, &badRows, isSilent: isSilent)
    guard survey.rowCount > 0 || !readings.allSatisfy(\.isRepeatable) else {
      throw CommandError("there are no rows in \(options.files.joined(separator: ", "))")
    }
    var planner = try ImportPlanner(survey: survey, forcedTypes: options.types)
    let plan = try plan(&planner)
    if !isSilent { StandardError.write(describe(plan, survey)) }

    try await checkServer()
    let client = try makeClient(isSilent: isSilent)
    var summary = ImportSummary(counters: client.counters)
    summary.badRows = badRows
    do {
      try await send(readings, plan, client, &summary, isSilent: isSilent)
    } catch {
      await client.shutdown(deadline: .zero)
      throw error
    }
    summary.counters = await client.shutdown()
    summary.seconds = (ContinuousClock.now - start).inSeconds
    try report(summary)
  }

  private func look(
    through files: [InputFile], into survey: inout InputSurvey, _ badRows: inout Int, isSilent: Bool
  ) throws {
    let progress = ProgressLine("looking at types", isQuiet: isSilent)
    defer { progress.finish() }
    for file in files {
      let before = survey.rowCount
      try file.survey(into: &survey, rowsMax: Self.sampleRows) { rows, share in
        progress.update(before + rows, "rows", share: share)
      } onBad: { problem in
        guard options.skipBadRows else {
          throw CommandError("\(problem.description)\nNothing was imported.")
        }
        // Those of a file that is read again are counted then.
        if !file.isRepeatable { badRows += 1 }
      }
    }
  }

  private func describe(_ plan: ImportPlan, _ survey: InputSurvey) -> String {
    var table = TextTable(["column", "type", "imported as"])
    for row in plan.rows(of: survey.columns) { table.add([row.column, row.type, row.use]) }
    return table.text(indent: "  ")
  }

  private func makeClient(isSilent: Bool) throws -> HindcastClient {
    var configuration = try options.connection.configuration
    configuration.waitingBytes = Self.waitingBytes
    configuration.retryDelayMax = .seconds(2)
    configuration.logger = CommandLog.logger(isQuiet: isSilent)
    return try HindcastClient(server: options.server, configuration: configuration)
  }

  /// A wrong address should not take the whole of --patience to show; a server that is being restarted may take a while.
  private func checkServer() async throws {
    let server = try RemoteReader(
      server: options.server, configuration: try options.connection.configuration, timeLimit: Self.firstAnswer)
    let deadline = ContinuousClock.now + Self.firstAnswer
    while true {
      do {
        _ = try await server.status()
        break
      } catch let error as HindcastError where error.code == .permissionDenied {
        // The server is there. A token for logging need not have the right to ask how it stands.
        break
      } catch let error as HindcastError where error.code == .unavailable && ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(200))
      } catch {
        await server.close()
        throw error
      }
    }
    await server.close()
  }

  private func send(
    _ files: [InputFile], _ plan: ImportPlan, _ client: HindcastClient, _ summary: inout ImportSummary, isSilent: Bool
  ) async throws {
    let logger = client.logger(
      model: options.model, version: options.modelVersion, environment: options.environment.client)
    let progress = ProgressLine("importing", isQuiet: isSilent)
    defer { progress.finish() }
    let watch = StallWatch(client, patience: options.patience.duration, server: options.server)
    for file in files {
      var bad: RowProblem?
      let reader = try file.reader()
      var rows = RowLogger(plan, reader, kind, logger)
      var bytesSinceWait = 0
      reading: while true {
        switch try reader.next() {
        case .end: break reading
        case .bad(let problem): bad = problem
        case .row:
          do throws(CellProblem) {
            try rows.logRow()
            summary.rows += 1
          } catch {
            bad = RowProblem(file: file.name, line: reader.record.line, message: error.message)
          }
          bytesSinceWait += reader.record.bytes.count + Self.rowOverheadBytes
        }
        if let problem = bad.take() {
          guard options.skipBadRows else { try await stop(at: problem, summary, client, watch) }
          summary.badRows += 1
        }
        if bytesSinceWait >= Self.waitEveryBytes {
          bytesSinceWait = 0
          if client.counters.waitingBytes > Self.waitingBytes / 2 {
            try await watch.run { await client.waitForRoom() }
          }
          progress.update(summary.rows, "rows", share: file.share)
        }
      }
    }
    try await watch.run { try await client.flush() }
  }

  private static let rowOverheadBytes = 64
  private static let waitEveryBytes = 256 << 10

  /// Lets what was read before the bad row become durable, then ends the import with what to tell the user.
  private func stop(
    at problem: RowProblem, _ summary: ImportSummary, _ client: HindcastClient, _ watch: StallWatch
  ) async throws -> Never {
    try await watch.run { try await client.flush() }
    throw CommandError(
      """
      \(problem.description)
      The \(Figures.grouped(client.counters.acknowledged)) rows before it were imported, nothing behind it was.
      """)
  }

  private func report(_ summary: ImportSummary) throws {
    if options.json {
      try StandardOutput.write(summary.json + "\n")
    } else if !options.quiet {
      try StandardOutput.write(summary.text(kind: kind) + "\n")
    }
    if summary.counters.acknowledged < summary.rows {
      throw CommandError(
        "\(Figures.grouped(summary.rows - summary.counters.acknowledged)) rows are not in the log: \(summary.counters.rejected) rejected, \(summary.counters.dropped) dropped; the messages above say why"
      )
    }
  }
}

/// One of the files of an import.
final class InputFile {
  let name: String
  /// Whether it can be read a second time.
  let isRepeatable: Bool
  private let reading: InputReading
  private var opened: (reader: any RecordReader, input: ByteInput)?
  private var kept: [InputRecord] = []

  init(_ name: String, _ reading: InputReading) throws {
    self.name = name
    self.reading = reading
    let opened = try reading.open(name)
    isRepeatable = opened.input.storedByteCount != nil
    self.opened = opened
  }

  /// Looks through the whole file, or through the first rows of input that cannot be read again.
  func survey(
    into survey: inout InputSurvey, rowsMax: Int, onProgress: (_ rows: Int, _ share: Double?) -> Void,
    onBad: (RowProblem) throws -> Void
  ) throws {
    guard let (reader, input) = opened else { return }
    var rows = 0
    try survey.observe(
      reader, rowsMax: isRepeatable ? .max : rowsMax,
      onRow: { record in
        if !isRepeatable { kept.append(record) }
        rows += 1
        if rows % 1_000 == 0 { onProgress(rows, input.share) }
      }, onBad: onBad)
    if isRepeatable { opened = nil }
  }

  /// A reader of all rows, from the first one on.
  func reader() throws -> any RecordReader {
    if let (reader, _) = opened {
      defer { kept = [] }
      return ResumedReader(kept: kept, then: reader)
    }
    let opened = try reading.open(name)
    self.opened = opened
    return opened.reader
  }

  var share: Double? { opened?.input.share }
}

extension ByteInput {
  /// How much of the input has been read, 0 to 1; nil where its size is not known.
  var share: Double? { storedByteCount.map { $0 > 0 ? Double(storedBytesRead) / Double($0) : 1 } }
}
