internal import GRPCCore
internal import HindcastWire

extension RPCRouter {
  mutating func registerUnary<Request: WireMessage, Response: WireMessage>(
    _ method: MethodDescriptor, gates: TransportGates, _ body: @escaping @Sendable (Request) async throws -> Response
  ) {
    registerHandler(
      forMethod: method, deserializer: WireDeserializer<Request>(), serializer: WireSerializer<Response>()
    ) { request, _ in
      let request = try await ServerRequest(stream: request.taking(gates.link(of: request.metadata)))
      return StreamingServerResponse(single: ServerResponse(message: try await body(request.message)))
    }
  }

  /// `body` runs in a task that is cancelled when the caller goes or the server stops; in the latter case the stream ends
  /// with UNAVAILABLE. It gets the stream's link, if the transport has gates.
  mutating func registerServerStream<Request: WireMessage, Response: WireMessage>(
    _ method: MethodDescriptor, gates: TransportGates,
    _ body: @escaping @Sendable (Request, RPCWriter<Response>, StreamLink?) async throws -> Void
  ) {
    registerHandler(
      forMethod: method, deserializer: WireDeserializer<Request>(), serializer: WireSerializer<Response>()
    ) { request, _ in
      let link = gates.link(of: request.metadata)
      let request = try await ServerRequest(stream: request.taking(link))
      return StreamingServerResponse { writer in
        let work = Task { try await body(request.message, writer, link) }
        try await withTaskCancellationHandler {
          try await withRPCCancellationHandler {
            do {
              try await work.value
            } catch is CancellationError {
              throw ServerCore.shutdownError
            }
          } onCancelRPC: {
            work.cancel()
          }
        } onCancel: {
          work.cancel()
        }
        return [:]
      }
    }
  }
}

extension StreamingServerRequest {
  /// Each message counts as taken once the handler has it.
  fileprivate func taking(_ link: StreamLink?) -> StreamingServerRequest {
    guard let link else { return self }
    var request = self
    request.messages = RPCAsyncSequence(wrapping: TakenMessages(messages: messages, link: link))
    return request
  }
}
