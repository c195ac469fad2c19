internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import HindcastWire

/// A gRPC client with the task that runs its connections. The transport connects when there is something to send, and
/// again, with growing delays, when the connection is lost.
struct ServerConnection: Sendable {
  typealias Client = GRPCClient<HTTP2ClientTransport.Posix>

  let client: Client
  private let task: Task<Void, Never>

  init(
    to address: ServerAddress, access: ServerAccess, retryDelay: Duration, retryDelayMax: Duration
  ) throws(HindcastError) {
    let security = try access.transportSecurity
    let transport: HTTP2ClientTransport.Posix
    do {
      transport = try HTTP2ClientTransport.Posix(
        target: address.target, transportSecurity: security,
        config: .defaults { config in
          config.http2.targetWindowSize = WireLimits.windowBytes
          config.http2.maxFrameSize = WireLimits.frameBytes
          // The name that is asked for in TLS, and that the certificate has to bear. Addresses in digits have none.
          if let serverName = access.serverName { config.http2.authority = serverName }
          config.backoff.initial = retryDelay
          config.backoff.max = retryDelayMax
        })
    } catch {
      throw HindcastError(.invalidAddress, "cannot reach \(address): \(error)")
    }
    let client = Client(transport: transport, interceptors: access.interceptors)
    self.client = client
    // Ends, without an error worth telling, when the client is shut down or the task cancelled.
    task = Task.detached { try? await client.runConnections() }
  }

  /// For every call: takes the largest block. One that does not wait fails with the reason as soon as an attempt to
  /// connect has; one that waits takes part in further attempts.
  static func callOptions(waitsForConnection: Bool) -> CallOptions {
    var options = CallOptions.defaults
    options.waitForReady = waitsForConnection
    options.maxRequestMessageBytes = WireLimits.messageBytesMax
    options.maxResponseMessageBytes = WireLimits.messageBytesMax
    return options
  }

  /// Ends calls in progress, too.
  func close() async {
    client.beginGracefulShutdown()
    task.cancel()
    await task.value
  }

  /// As `close`, for callers that can't wait.
  func cancel() {
    client.beginGracefulShutdown()
    task.cancel()
  }
}

extension ServerConnection {
  /// Waits for a connection no longer than the time limit; then, and at once where trying again mends nothing, throws why
  /// there is none.
  func call<Request: WireMessage, Response: WireMessage>(
    _ method: MethodDescriptor, _ request: Request, within limit: Duration
  ) async throws -> Response {
    let end = ContinuousClock.now + limit
    while true {
      let progress = StreamProgress()
      var options = Self.callOptions(waitsForConnection: false)
      options.timeout = max(ContinuousClock.now.duration(to: end), .milliseconds(1))
      do {
        // On the wire a call with one message in either direction; said like this, it is known whether anything was sent.
        let call = StreamingClientRequest(of: Request.self) { writer in
          progress.opened(1)
          try await writer.write(request)
        }
        return try await client.clientStreaming(
          request: call, descriptor: method, serializer: WireSerializer<Request>(),
          deserializer: WireDeserializer<Response>(), options: options
        ) { try $0.message }
      } catch let error as RPCError where error.code == .unavailable && progress.stream == 0 && !error.isAboutSecurity {
        guard ContinuousClock.now + Self.pause < end else { throw error }
        try await Task.sleep(for: Self.pause)
      }
    }
  }

  /// Between attempts; the transport has delays of its own between connections.
  private static let pause = Duration.milliseconds(100)
}
