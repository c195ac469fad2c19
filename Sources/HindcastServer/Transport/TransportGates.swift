internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import HindcastWire
internal import Logging
internal import NIOCore
internal import NIOHTTP2
internal import NIOSSL
internal import Synchronization

/// What the gates of all connections and streams share: the room for messages on their way in, who is open, and how the
/// transport is set up with them.
final class TransportGates: Sendable {
  let limits: ServerLimits
  let counters: ServerCounters
  let logger: Logger
  let room: ClaimPool
  let largeRoom: ClaimPool
  /// nil: every call may be made.
  let authenticator: Authenticator?

  private struct State {
    var links: [UInt64: StreamLink] = [:]
    var nextStreamID: UInt64 = 0
    var connections = 0
    var longStreams = 0
    var busy = 0
    /// When a denial was last told, and how many came since then.
    var toldDenial: NIODeadline?
    var untoldDenials = 0
  }

  private let state = Mutex(State())

  init(limits: ServerLimits, counters: ServerCounters, logger: Logger, authenticator: Authenticator? = nil) {
    self.authenticator = authenticator
    self.limits = limits
    self.counters = counters
    self.logger = logger
    room = ClaimPool(bytesMax: limits.receivedBytesMax)
    largeRoom = ClaimPool(bytesMax: limits.receivedLargeBytesMax)
  }

  // MARK: who is open

  var openConnections: Int { state.withLock { $0.connections } }
  var openStreams: Int { state.withLock { $0.links.count } }

  func nextStreamID() -> UInt64 {
    state.withLock { state in
      state.nextStreamID += 1
      return state.nextStreamID
    }
  }

  /// Whether there is a place for the stream.
  func opened(_ link: StreamLink, _ kind: RequestKind) -> Bool {
    state.withLock { state in
      guard state.links.count < limits.streamsMax, !kind.isLong || state.longStreams < limits.longStreamsMax else {
        return false
      }
      if kind.isLong { state.longStreams += 1 }
      state.links[link.id] = link
      return true
    }
  }

  func closed(_ link: StreamLink, _ kind: RequestKind) {
    state.withLock { state in
      guard state.links.removeValue(forKey: link.id) != nil else { return }
      if kind.isLong { state.longStreams -= 1 }
    }
  }

  /// The stream that a request came on; nil over a transport without gates.
  func link(of metadata: Metadata) -> StreamLink? {
    guard let text = metadata[stringValues: Self.linkHeader].first(where: { _ in true }), let id = UInt64(text) else {
      return nil
    }
    return state.withLock { $0.links[id] }
  }

  /// Set on every request on its way to the handler, whatever the client sent under this name.
  static let linkHeader = "hindcast-stream"

  // MARK: who is turned away

  /// Anybody can make denials, as many as they like; one in ten seconds is logged.
  func tellDenial(_ what: Logger.Message, peer: String, reason: String) {
    let untold = state.withLock { state -> Int? in
      let now = NIODeadline.now()
      if let told = state.toldDenial, now - told < .seconds(10) {
        state.untoldDenials += 1
        return nil
      }
      state.toldDenial = now
      defer { state.untoldDenials = 0 }
      return state.untoldDenials
    }
    guard let untold else { return }
    logger.warning(what, metadata: ["peer": "\(peer)", "reason": "\(reason)", "more since the last": "\(untold)"])
  }

  // MARK: windows

  /// Streams that send as fast as their windows let them.
  func countBusy(_ change: Int) { state.withLock { $0.busy += change } }

  /// What each busy stream may be given beyond its first window.
  var windowShare: Int { room.bytesMax / 2 / max(4, state.withLock { $0.busy }) }

  // MARK: the transport

  /// Few long streams of large messages, among many that say little. `.defaults` is changed rather than replaced, since
  /// its initialisers turn flush coalescing off.
  var transportConfig: HTTP2ServerTransport.Posix.Config {
    .defaults { config in
      config.http2.targetWindowSize = limits.windowBytes
      config.http2.maxFrameSize = Self.frameBytes
      config.http2.maxConcurrentStreams = limits.connectionStreamsMax
      // The gate refuses what is over a method's own limit, with a reason.
      config.rpc.maxRequestPayloadSize = limits.messageBytesMax
      // The gate sees to idle connections: with a time here the transport (2.9.0) never lets go of a closed connection's
      // handler, which its timer and itself hold on to, some 325 bytes.
      config.connection.maxIdleTime = nil
      config.connection.keepalive.time = limits.keepaliveInterval
      // The SDK pings idle connections to find out that a server is gone.
      config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(10)
      config.connection.keepalive.clientBehavior.allowWithoutCalls = true
      config.channelDebuggingCallbacks.onBindTCPListener = { [self] in bound($0) }
      config.channelDebuggingCallbacks.onAcceptTCPConnection = { [self] in accepted($0) }
      config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { [self] in opened($0) }
    }
  }

  /// A frame that is no DATA is gathered in memory before anything looks at it.
  private static let frameBytes = 64 << 10

  private func bound(_ channel: any Channel) -> EventLoopFuture<Void> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(ListenerGuard(counters: counters, logger: logger))
    }
  }

  private func accepted(_ channel: any Channel) -> EventLoopFuture<Void> {
    let isRefused = state.withLock { state in
      state.connections += 1
      return state.connections > limits.connectionsMax
    }
    if isRefused { counters.add(.refusedConnections) }
    channel.closeFuture.whenComplete { [self] _ in state.withLock { $0.connections -= 1 } }
    return channel.eventLoop.makeCompletedFuture {
      // NIO keeps as many buffers as it may read in a row, of up to 64 KiB each.
      try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
      #if os(Linux)
        try channel.syncOptions?.setOption(.tcpOption(.init(rawValue: Self.notSentLowWater)), value: 128 << 10)
      #endif
      let pipeline = channel.pipeline.syncOperations
      let tls = try? pipeline.handler(type: NIOSSLServerHandler.self)
      let gate = ConnectionGate(
        gates: self, peer: channel.remoteAddress.map { "\($0)" } ?? "unknown", isRefused: isRefused && tls == nil)
      try pipeline.addHandler(gate, position: .first)
      if let tls {
        try pipeline.addHandler(
          HandshakeGate(gates: self, connection: gate, isRefused: isRefused), position: .after(tls))
      }
    }
  }

  /// TCP_NOTSENT_LOWAT: the kernel asks for more when less than this waits to be sent, instead of gathering megabytes. It
  /// costs no throughput, and makes the progress of a slow reader visible here.
  private static let notSentLowWater: CInt = 25

  private func opened(_ stream: any Channel) -> EventLoopFuture<Void> {
    stream.eventLoop.makeCompletedFuture {
      guard let parent = stream.parent else { return }
      let connection = try parent.pipeline.syncOperations.handler(type: ConnectionGate.self)
      try stream.pipeline.syncOperations.addHandler(StreamGate(gates: self, connection: connection), position: .first)
    }
  }

  /// Several times within the shortest patience.
  var checkInterval: TimeAmount {
    let shortest = min(limits.stallPatience, limits.messagePatience, limits.keepaliveInterval, limits.idlePatience)
    return TimeAmount(min(.seconds(2), shortest / 4))
  }
}
