internal import Hindcast
internal import HindcastFormat
internal import HindcastReplay
internal import HindcastStorage
internal import HindcastWire

/// The log that a reading command was pointed at: a data directory, or a server.
struct LogAccess: Sendable {
  private enum Place: Sendable {
    case directory(LogStore)
    case server(RemoteReader)
  }

  private let place: Place

  /// Opens the directory for reading, whoever else uses it, or makes a client of the server.
  init(_ options: SourceOptions) throws {
    if let directory = options.data {
      place = .directory(try LogStore.open(directory: directory, mode: .readOnly))
    } else {
      place = .server(try RemoteReader(server: options.server ?? ""))
    }
  }

  /// Opens, runs, closes.
  static func with<Value>(_ options: SourceOptions, _ body: (LogAccess) async throws -> Value) async throws -> Value {
    let log = try LogAccess(options)
    do {
      let value = try await body(log)
      await log.close()
      return value
    } catch {
      await log.close()
      throw error
    }
  }

  private func close() async {
    // A store that is open for reading holds nothing that must be put in order.
    if case .server(let reader) = place { await reader.close() }
  }

  /// What the log holds, by model, version, environment and kind.
  func streams() async throws -> [StreamSummary] {
    switch place {
    case .directory(let store): store.streams()
    case .server(let reader): try await reader.listModels().map(StreamSummary.init)
    }
  }

  /// Brings what the query chose into a sink. A server sends the chosen columns only; a directory hands out whole
  /// blocks, and decoding passes over the rest.
  func replay(
    _ query: ReadQuery, _ choice: ColumnChoice = .all, into sink: inout some ReplaySink, follow: Bool = false,
    commitRows: Int = Replay.commitRows, progress: (ReplayProgress) -> Void = { _ in }
  ) async throws -> ReplayReport {
    let (place, id) = (place, try await logID())
    return try await Replay.run(
      query: query, choice: choice, log: id, sink: &sink, commitRows: commitRows, progress: progress
    ) { query in
      switch place {
      case .directory(let store): return LogSource.directory(try store.read(query), store)
      case .server(let reader):
        let columns: [String] = if case .named(let names) = choice { names.sorted() } else { [] }
        return LogSource.server(reader.read(query, columns: columns, follow: follow))
      }
    }
  }

  /// The log's own id, which positions belong to.
  private func logID() async throws -> String {
    switch place {
    case .directory(let store): store.status().logID.description
    case .server(let reader): try await reader.status().logID
    }
  }
}

/// Makes local storage and the remote reader into what a replay reads.
private enum LogSource: BlockSource {
  /// The store that opened the cursor's files must outlive it.
  case directory(LogCursor, LogStore)
  case server(RemoteRead)

  mutating func next() async throws -> StoredItem? {
    switch self {
    case .directory(var cursor, let store):
      defer { self = .directory(cursor, store) }
      return try cursor.next()
    case .server(let read): return try await read.next()
    }
  }
}

extension StreamSummary {
  fileprivate init(_ summary: ModelSummary) {
    self.init(stream: summary.stream)
    rows = summary.rows
    blocks = summary.blocks
    storedBytes = summary.storedBytes
    minTime = summary.minTime
    maxTime = summary.maxTime
    lastPosition = summary.lastPosition
  }
}
