internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
package import HindcastFormat
package import HindcastWire

/// Reads from a server: stored blocks, and what the server knows about its models and itself.
///
/// Errors are ``HindcastError`` with the server's own text. Calls wait for the connection no longer than the time limit;
/// a read that has begun may take as long as it takes.
package struct RemoteReader: Sendable {
  private let connection: ServerConnection
  private let server: String
  private let timeLimit: Duration

  /// `configuration`: how to come in, by TLS and token; what else it says is for those who log.
  package init(
    server: String, configuration: HindcastClient.Configuration = .init(), timeLimit: Duration = .seconds(10)
  ) throws(HindcastError) {
    self.server = server
    self.timeLimit = timeLimit
    let access = try ServerAccess(server, configuration)
    guard access.servers.count == 1 else {
      throw HindcastError(
        .invalidAddress,
        "\(server): each server has a log of its own, with its own positions; name the one to read from")
    }
    connection = try ServerConnection(
      to: access.servers[0], access: access, retryDelay: .milliseconds(100), retryDelayMax: .seconds(2))
  }

  /// Ends the connection. Reads in progress end with an error.
  package func close() async { await connection.close() }

  /// How the server and its data directory stand.
  package func status() async throws -> StatusResponse {
    try await call(HindcastMethods.status, StatusRequest())
  }

  /// What the log holds, by model, version, environment and kind.
  package func listModels() async throws -> [ModelSummary] {
    let response: ListModelsResponse = try await call(HindcastMethods.listModels, ListModelsRequest())
    return response.models
  }

  /// The parts of a model and their columns. `.notFound` for a model the log does not know.
  package func describeModel(_ model: String) async throws -> DescribeModelResponse {
    try await call(HindcastMethods.describeModel, DescribeModelRequest(model: model))
  }

  /// Notes that a consumer has everything up to a position of a model, nil being all of them, so that retention need not
  /// keep that for it. `.refused` if the cursor would move back and `resetting` is not asked for.
  package func setCursor(
    _ name: String, position: UInt64, model: String? = nil, resetting: Bool = false
  ) async throws -> NamedCursor {
    let response: SetCursorResponse = try await call(
      HindcastMethods.setCursor, SetCursorRequest(name: name, position: position, model: model, resets: resetting))
    return response.cursor
  }

  /// Returns the cursor as it stood. `.notFound` if there is none of that name.
  package func removeCursor(_ name: String) async throws -> NamedCursor {
    let response: RemoveCursorResponse = try await call(
      HindcastMethods.removeCursor, RemoveCursorRequest(name: name))
    return response.cursor
  }

  /// Appends one block with plain or encoded columns, without protection against resends.
  package func put(_ request: AppendRequest) async throws -> AppendResponse {
    try await call(HindcastMethods.put, request)
  }

  /// Stored blocks, gaps and checkpoints in order. Nothing is asked of the server before the first `next`; the server is
  /// never more than a few blocks ahead.
  ///
  /// - Parameters:
  ///   - columns: `name` or `role:name`; empty: all.
  ///   - follow: At the end wait for more instead of ending.
  package func read(_ query: ReadQuery, columns: [String] = [], follow: Bool = false) -> RemoteRead {
    RemoteRead(
      RemoteReadTask(
        connection: connection, server: server, timeLimit: timeLimit,
        request: ReadRequest(query, columns: columns, follows: follow)))
  }

  private func call<Request: WireMessage, Response: WireMessage>(
    _ method: MethodDescriptor, _ request: Request
  ) async throws -> Response {
    do {
      return try await connection.call(method, request, within: timeLimit)
    } catch let error as RPCError {
      throw HindcastError(error, server: server)
    }
  }
}

/// A read in progress: an asynchronous sequence of ``StoredItem``, for one consumer. Letting go of it ends the read.
package struct RemoteRead: AsyncSequence, AsyncIteratorProtocol, Sendable {
  private let task: RemoteReadTask

  init(_ task: RemoteReadTask) { self.task = task }

  package func makeAsyncIterator() -> RemoteRead { self }

  /// The next item; nil at the end of what was asked for.
  package func next() async throws -> StoredItem? { try await task.next() }
}

extension HindcastError {
  /// A failed call, in the server's words where it said something.
  init(_ error: RPCError, server: String) {
    switch error.code {
    case .notFound: self.init(.notFound, error.message)
    case .unavailable: self.init(.unavailable, "server \(server) is not available: \(error.reason)")
    case .unauthenticated: self.init(.unauthenticated, "server \(server): \(error.message)")
    case .permissionDenied: self.init(.permissionDenied, "server \(server): \(error.message)")
    case .deadlineExceeded:
      self.init(.deadlineExceeded, "server \(server) did not answer in time; is it running, and is the address right?")
    case .cancelled: self.init(.unavailable, "the call to server \(server) was cut off")
    default: self.init(.refused, "server \(server): \(error.message)")
    }
  }
}
