import GRPCCore
import GRPCNIOTransportHTTP2Posix
import HindcastFormat
import HindcastWire

/// The RPCs as a client without an SDK would call them.
struct TestClient: Sendable {
  let grpc: GRPCClient<HTTP2ClientTransport.Posix>

  private var options: CallOptions {
    var options = CallOptions.defaults
    options.maxRequestMessageBytes = WireLimits.messageBytesMax * 2
    options.maxResponseMessageBytes = WireLimits.messageBytesMax * 2
    return options
  }

  func unary<Request: WireMessage, Response: WireMessage>(
    _ method: MethodDescriptor, _ request: Request, metadata: Metadata = [:]
  ) async throws -> Response {
    try await grpc.unary(
      request: ClientRequest(message: request, metadata: metadata), descriptor: method,
      serializer: WireSerializer<Request>(),
      deserializer: WireDeserializer<Response>(), options: options
    ) { try $0.message }
  }

  func put(_ request: AppendRequest) async throws -> AppendResponse { try await unary(HindcastMethods.put, request) }

  /// Stores a good block; where it stands.
  func putSample() async throws -> UInt64 { try await put(AppendRequest(try SampleBlocks.encoded())).position }

  /// Sends what need not be a message.
  func putBytes(_ bytes: [UInt8]) async throws {
    _ = try await grpc.unary(
      request: ClientRequest(message: bytes), descriptor: HindcastMethods.put, serializer: ByteSerializer(),
      deserializer: WireDeserializer<AppendResponse>(), options: options
    ) { try $0.message }
  }

  func status(metadata: Metadata = [:]) async throws -> StatusResponse {
    try await unary(HindcastMethods.status, StatusRequest(), metadata: metadata)
  }

  /// A method that the server need not have, by `service/method`.
  func call(_ path: String) async throws {
    let parts = path.split(separator: "/").map(String.init)
    let method = MethodDescriptor(
      service: ServiceDescriptor(fullyQualifiedService: parts[0]), method: parts[1], type: .unary)
    let _: StatusResponse = try await unary(method, StatusRequest())
  }

  func counter(_ name: String) async throws -> UInt64? {
    try await status().counters.first { $0.name == name }?.value
  }

  func health(_ service: String = "") async throws -> HealthCheckResponse.ServingStatus {
    let response: HealthCheckResponse = try await unary(HealthMethods.check, HealthCheckRequest(service: service))
    return response.status
  }

  /// Sends all, then takes all answers.
  func append(_ requests: [AppendRequest]) async throws -> [AppendResponse] {
    try await append(answers: { messages in
      var answers: [AppendResponse] = []
      for try await answer in messages { answers.append(answer) }
      return answers
    }) { writer in
      for request in requests { try await writer.write(request) }
    }
  }

  /// `send` runs beside `answers`; the stream is half closed when it returns.
  func append<Result: Sendable>(
    answers: @escaping @Sendable (RPCAsyncSequence<AppendResponse, any Error>) async throws -> Result,
    send: @escaping @Sendable (RPCWriter<AppendRequest>) async throws -> Void
  ) async throws -> Result {
    try await grpc.bidirectionalStreaming(
      request: StreamingClientRequest(producer: send), descriptor: HindcastMethods.append,
      serializer: WireSerializer<AppendRequest>(), deserializer: WireDeserializer<AppendResponse>(), options: options
    ) { try await answers($0.messages) }
  }

  func stream<Request: WireMessage, Response: WireMessage, Result: Sendable>(
    _ method: MethodDescriptor, _ request: Request,
    _ body: @escaping @Sendable (RPCAsyncSequence<Response, any Error>) async throws -> Result
  ) async throws -> Result {
    try await grpc.serverStreaming(
      request: ClientRequest(message: request), descriptor: method, serializer: WireSerializer<Request>(),
      deserializer: WireDeserializer<Response>(), options: options
    ) { try await body($0.messages) }
  }

  /// All items of a read that does not follow.
  func read(_ request: ReadRequest) async throws -> [StoredItem] {
    try await stream(HindcastMethods.read, request) { (messages: RPCAsyncSequence<StoredItem, any Error>) in
      var items: [StoredItem] = []
      for try await item in messages { items.append(item) }
      return items
    }
  }

  func readBlocks(_ request: ReadRequest = ReadRequest(ReadQuery())) async throws -> [StoredBlock] {
    try await read(request).compactMap { if case .block(let block) = $0 { block } else { nil } }
  }
}

/// The error of a call that must fail.
func rpcError(_ body: () async throws -> Void) async -> RPCError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? RPCError
  }
}

extension AppendRequest {
  init(_ block: EncodedBlock, producer: ProducerID = .none, epoch: UInt64 = 0, sequence: UInt64 = 0) {
    self.init(
      producer: producer, epoch: epoch, sequence: sequence, payloadHash: block.payloadHash, block: block.bytes)
  }
}

private struct ByteSerializer: MessageSerializer {
  func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }
}
