internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import HindcastFormat
internal import HindcastWire
internal import Synchronization

/// The task behind a `RemoteRead`: runs the RPC and hands over what it yields, checked.
final class RemoteReadTask: Sendable {
  private let connection: ServerConnection
  private let server: String
  private let timeLimit: Duration
  private let request: ReadRequest
  private let channel = HandoffChannel<StoredItem>(capacity: 2)
  private let task = Mutex<Task<Void, Never>?>(nil)

  init(connection: ServerConnection, server: String, timeLimit: Duration, request: ReadRequest) {
    self.connection = connection
    self.server = server
    self.timeLimit = timeLimit
    self.request = request
  }

  deinit {
    channel.abandon()
    task.withLock { $0 }?.cancel()
  }

  func next() async throws -> StoredItem? {
    task.withLock { task in
      if task == nil { task = start() }
    }
    return try await channel.next()
  }

  /// The task holds the parts it needs, not this object, whose release ends it.
  private func start() -> Task<Void, Never> {
    let (connection, request, channel, server) = (connection, request, channel, server)
    let timeLimit = timeLimit
    return Task.detached {
      do {
        try await Self.requireServer(connection, server, timeLimit)
        try await connection.client.serverStreaming(
          request: ClientRequest(message: request), descriptor: HindcastMethods.read,
          serializer: WireSerializer<ReadRequest>(), deserializer: WireDeserializer<StoredItem>(),
          options: ServerConnection.callOptions(waitsForConnection: true)
        ) { response in
          for try await item in response.messages {
            guard await channel.send(try Self.checked(item, request: request, server: server)) else { return }
          }
        }
        channel.finish(.success(()))
      } catch let error as RPCError {
        channel.finish(.failure(HindcastError(error, server: server)))
      } catch {
        channel.finish(.failure(error))
      }
    }
  }

  /// A read has no time limit, so it first asks for something that has one: a wrong address is an error, not a wait
  /// without end.
  private static func requireServer(
    _ connection: ServerConnection, _ server: String, _ timeLimit: Duration
  ) async throws {
    let _: StatusResponse = try await connection.call(HindcastMethods.status, StatusRequest(), within: timeLimit)
  }

  /// Blocks are checked against their hash. With chosen columns the server made them for us and sends none.
  private static func checked(_ item: StoredItem, request: ReadRequest, server: String) throws(HindcastError)
    -> StoredItem
  {
    guard case .block(let block) = item, block.payloadHash != 0 else { return item }
    let hash = Checksum.xxh3(block.bytes)
    guard hash == block.payloadHash else {
      throw HindcastError(
        .corrupt,
        """
        block \(block.position) from server \(server) does not match its checksum: it was damaged on the way, or in the \
        server's memory; read again, and run `hindcast verify` on the server if it comes back
        """)
    }
    return item
  }
}
