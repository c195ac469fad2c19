internal import Logging
internal import NIOCore
internal import NIOHTTP2

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Stands between the socket and HTTP/2, or TLS where there is any: sends away connections over the limit, and gives up those whose peer is gone or
/// takes nothing. Has an eye on its streams' times, too. Everything runs on the connection's event loop.
final class ConnectionGate: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  private let gates: TransportGates
  private let isRefused: Bool
  let peer: String
  private var context: ChannelHandlerContext?
  private var streams: [ObjectIdentifier: StreamGate] = [:]
  private var nextCheck: Scheduled<Void>?

  private var lastRead = NIODeadline.now()
  private var lastStream = NIODeadline.now()
  private var isToldToGo = false
  private var written: UInt64 = 0
  private var moved: UInt64 = 0
  private var lastMove = NIODeadline.now()

  private var receivedSinceUpdate = 0
  private var hasFullWindow = false

  init(gates: TransportGates, peer: String, isRefused: Bool) {
    self.gates = gates
    self.peer = peer
    self.isRefused = isRefused
  }

  private var limits: ServerLimits { gates.limits }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    nextCheck?.cancel()
    nextCheck = nil
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    guard !isRefused else { return refuse(context) }
    scheduleCheck(context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    nextCheck?.cancel()
    nextCheck = nil
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isRefused else { return }
    lastRead = .now()
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    written += UInt64(unwrapOutboundIn(data).readableBytes)
    context.write(data, promise: promise)
  }

  // MARK: over the limit

  /// As HTTP/2 says goodbye: SETTINGS, which come first always, and GOAWAY with the reason, which clients pass on. The
  /// socket stays for a moment, since one that is closed with data unread takes the farewell back.
  private func refuse(_ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(.byteBuffer(goodbye)), promise: nil)
    closeSoon(context)
  }

  func closeSoon(_ context: ChannelHandlerContext) {
    context.close(mode: .output, promise: nil)
    context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { [self] in close() }
  }

  /// At once, whatever is still to be sent.
  func close() { context?.close(promise: nil) }

  var goodbye: ByteBuffer {
    let reason = "\(limits.connectionsMax) connections are open, which is this server's limit; try again later"
    var bytes = ByteBuffer()
    bytes.reserveCapacity(64 + reason.utf8.count)
    bytes.writeBytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
    bytes.writeInteger(UInt32(8 + reason.utf8.count) << 8 | 7)
    bytes.writeBytes([0, 0, 0, 0, 0])
    bytes.writeInteger(UInt32(0))
    bytes.writeInteger(UInt32(HTTP2ErrorCode.enhanceYourCalm.networkCode))
    bytes.writeString(reason)
    return bytes
  }

  // MARK: streams

  func opened(_ stream: StreamGate) {
    streams[ObjectIdentifier(stream)] = stream
    lastStream = .now()
  }

  func closed(_ stream: StreamGate) {
    streams[ObjectIdentifier(stream)] = nil
    lastStream = .now()
  }

  /// The window of the connection bounds no memory, since NIO renews it whatever the streams have taken; it is kept large
  /// so that it slows no stream down.
  func received(_ byteCount: Int) {
    receivedSinceUpdate += byteCount
    let increment = hasFullWindow ? receivedSinceUpdate : limits.windowBytesMax
    guard !hasFullWindow || receivedSinceUpdate >= limits.windowBytesMax / 2, let context else { return }
    hasFullWindow = true
    receivedSinceUpdate = 0
    let frame = HTTP2Frame(streamID: .rootStream, payload: .windowUpdate(windowSizeIncrement: increment))
    context.channel.pipeline.syncOperations.writeAndFlush(NIOAny(frame), promise: nil)
  }

  // MARK: time

  private func scheduleCheck(_ context: ChannelHandlerContext) {
    nextCheck = context.eventLoop.assumeIsolated().scheduleTask(in: gates.checkInterval) { [weak self] in
      guard let self, let context = self.context else { return }
      self.scheduleCheck(context)
      self.check(.now())
    }
  }

  private func check(_ now: NIODeadline) {
    for stream in streams.values { stream.check(now) }
    checkSilence(now)
    checkSocket(now)
  }

  /// Live peers answer the pings that are sent after `keepaliveInterval`.
  private func checkSilence(_ now: NIODeadline) {
    let interval = TimeAmount(limits.keepaliveInterval)
    if now - lastRead > interval + interval {
      giveUp("a peer that does not answer is given up", .closedSilentConnections)
    } else if streams.isEmpty, now - lastStream > TimeAmount(limits.idlePatience) {
      guard now - lastStream <= TimeAmount(limits.idlePatience) + interval else {
        return giveUp("a connection without streams is closed", .closedIdleConnections)
      }
      tellToGo()
    }
  }

  /// As HTTP/2 says it: what the peer has begun meanwhile is still served, for what comes later it connects again.
  private func tellToGo() {
    guard !isToldToGo, let context else { return }
    isToldToGo = true
    let frame = HTTP2Frame(
      streamID: .rootStream, payload: .goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil))
    context.channel.pipeline.syncOperations.writeAndFlush(NIOAny(frame), promise: nil)
  }

  private func checkSocket(_ now: NIODeadline) {
    guard let context, let options = context.channel.syncOptions,
      let buffered = try? options.getOption(.bufferedWritableBytes)
    else { return }
    let present = written - UInt64(buffered)
    if buffered == 0 || present > moved {
      moved = present
      lastMove = now
    } else if now - lastMove > TimeAmount(limits.stallPatience) {
      giveUpStalled()
    }
  }

  /// A stream was ended because others need its room. What it wrote stands in the socket's way until the socket takes it
  /// or is closed.
  func giveUpIfStuck() {
    let now = NIODeadline.now()
    checkSocket(now)
    if context != nil, now - lastMove > TimeAmount(limits.scarcePatience / 2) { giveUpStalled() }
  }

  private func giveUpStalled() {
    giveUp("a connection whose socket takes nothing is closed", .closedStalledConnections)
  }

  private func giveUp(_ what: Logger.Message, _ counter: ServerCounters.Name) {
    gates.counters.add(counter)
    gates.logger.notice(what, metadata: ["peer": "\(peer)", "streams": "\(streams.count)"])
    guard let context else { return }
    // With a reset: what is still to be sent would stay in the kernel, for a peer that does not take it.
    if let socket = context.channel as? any SocketOptionProvider {
      socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenFailure { _ in }
    }
    context.close(promise: nil)
  }
}
