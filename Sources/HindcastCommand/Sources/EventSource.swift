internal import Hindcast
internal import HindcastFormat
internal import HindcastReplay
internal import HindcastServer
internal import HindcastStorage
internal import HindcastWire

/// A read of local storage as a block source.
struct LocalSource: BlockSource {
  var cursor: LogCursor
  // The cursor reads its files; the store that opened them must outlive it.
  let store: LogStore

  mutating func next() async throws -> StoredItem? { try cursor.next() }
}

/// A read through a server as a block source.
struct RemoteSource: BlockSource {
  let read: RemoteRead

  mutating func next() async throws -> StoredItem? { try await read.next() }
}

/// Where a reading command reads: a data directory or a server, behind one face.
enum EventSource {
  case local(LogStore)
  case remote(RemoteReader)

  static func open(_ options: SourceOptions) throws -> EventSource {
    if let directory = options.data { return .local(try LogStore.open(directory: directory, mode: .readOnly)) }
    return .remote(try options.remoteReader())
  }

  /// The log's id in hexadecimal.
  func logID() async throws -> String {
    switch self {
    case .local(let store): "\(store.status().logID)"
    case .remote(let reader): try await reader.status().logID
    }
  }

  /// Brings what the query chooses into a sink. `choice` are the columns that the sink needs; a server sends no others.
  /// With `follow` a server is waited for at the end of the log; a directory is read as it is.
  func replay(
    _ query: ReadQuery, choice: ColumnChoice = .all, into sink: inout some ReplaySink, follow: Bool = false,
    commitRows: Int = Replay.commitRows, progress: (ReplayProgress) -> Void = { _ in },
    checkpointed: (UInt64) async throws -> Void = { _ in }
  ) async throws -> ReplayReport {
    switch self {
    case .local(let store):
      return try await Replay.run(
        query: query, choice: choice, log: try await logID(), sink: &sink, commitRows: commitRows, progress: progress,
        checkpointed: checkpointed
      ) {
        LocalSource(cursor: try store.read($0), store: store)
      }
    case .remote(let reader):
      let columns: [String] = if case .named(let names) = choice { names.sorted() } else { [] }
      return try await Replay.run(
        query: query, choice: choice, log: try await logID(), sink: &sink, commitRows: commitRows, progress: progress,
        checkpointed: checkpointed
      ) {
        RemoteSource(read: reader.read($0, columns: columns, follow: follow))
      }
    }
  }

  /// Named cursors, in the order of their names.
  func cursors() async throws -> [NamedCursor] {
    switch self {
    case .local(let store): store.cursors
    case .remote(let reader): try await reader.status().cursors
    }
  }

  /// What the log holds, by model, version, environment and kind.
  func streams() async throws -> [ModelSummary] {
    switch self {
    case .local(let store): store.streams().map(ModelSummary.init)
    case .remote(let reader): try await reader.listModels()
    }
  }

  /// One model: its parts, their columns, and what was lost of it.
  func describe(_ model: String) async throws -> DescribeModelResponse {
    switch self {
    case .local(let store): try ModelDescription.of(model, in: store, try store.losses(of: model))
    case .remote(let reader): try await reader.describeModel(model)
    }
  }

  func close() async {
    if case .remote(let reader) = self { await reader.close() }
  }

  /// Opens, works and closes, also when the work fails.
  static func with<Result>(
    _ options: SourceOptions, _ work: (EventSource) async throws -> Result
  ) async throws -> Result {
    let source = try open(options)
    do {
      let result = try await work(source)
      await source.close()
      return result
    } catch {
      await source.close()
      throw error
    }
  }
}
