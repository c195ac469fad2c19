internal import GRPCCore
internal import HindcastWire

extension RPCRouter {
  mutating func registerUnary<Request: WireMessage, Response: WireMessage>(
    _ method: MethodDescriptor, _ body: @escaping @Sendable (Request) async throws -> Response
  ) {
    registerHandler(
      forMethod: method, deserializer: WireDeserializer<Request>(), serializer: WireSerializer<Response>()
    ) { request, _ in
      let request = try await ServerRequest(stream: request)
      return StreamingServerResponse(single: ServerResponse(message: try await body(request.message)))
    }
  }

  /// `body` runs in a task that is cancelled when the caller goes or the server stops; in the latter case the stream ends
  /// with UNAVAILABLE.
  mutating func registerServerStream<Request: WireMessage, Response: WireMessage>(
    _ method: MethodDescriptor, _ body: @escaping @Sendable (Request, RPCWriter<Response>) async throws -> Void
  ) {
    registerHandler(
      forMethod: method, deserializer: WireDeserializer<Request>(), serializer: WireSerializer<Response>()
    ) { request, _ in
      let request = try await ServerRequest(stream: request)
      return StreamingServerResponse { writer in
        let work = Task { try await body(request.message, writer) }
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
