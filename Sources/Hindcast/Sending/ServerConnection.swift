internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import HindcastWire

/// A gRPC client with the task that runs its connections. The transport connects when there is something to send, and
/// again, with growing delays, when the connection is lost.
struct ServerConnection: Sendable {
  typealias Client = GRPCClient<HTTP2ClientTransport.Posix>

  let client: Client
  private let task: Task<Void, Never>

  init(to address: ServerAddress, retryDelay: Duration, retryDelayMax: Duration) throws(HindcastError) {
    let transport: HTTP2ClientTransport.Posix
    do {
      transport = try HTTP2ClientTransport.Posix(
        target: address.target, transportSecurity: .plaintext,
        config: .defaults { config in
          config.http2.targetWindowSize = WireLimits.windowBytes
          config.http2.maxFrameSize = WireLimits.frameBytes
          config.backoff.initial = retryDelay
          config.backoff.max = retryDelayMax
        })
    } catch {
      throw HindcastError(.invalidAddress, "cannot reach \(address.target): \(error)")
    }
    let client = Client(transport: transport)
    self.client = client
    // Ends, without an error worth telling, when the client is shut down or the task cancelled.
    task = Task.detached { try? await client.runConnections() }
  }

  /// For every call: waits for a connection instead of failing at once without one, and takes the largest block.
  static var callOptions: CallOptions {
    var options = CallOptions.defaults
    options.waitForReady = true
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
