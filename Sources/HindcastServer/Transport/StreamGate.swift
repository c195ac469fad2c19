internal import GRPCCore
internal import HindcastWire
internal import Logging
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// Stands between the HTTP/2 stream and gRPC: lets in what there is memory for, and sends away who is too large or too slow.
///
/// In: whole messages only, so that gRPC never holds a part of one; nothing is read from a peer whose message finds no
/// room, or whose messages the handler has not taken. Out: large messages in slices, so that progress shows. Everything
/// runs on the connection's event loop.
final class StreamGate: ChannelDuplexHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias InboundOut = HTTP2Frame.FramePayload
  typealias OutboundIn = HTTP2Frame.FramePayload
  typealias OutboundOut = HTTP2Frame.FramePayload

  let gates: TransportGates
  let connection: ConnectionGate
  var context: ChannelHandlerContext?
  var link: StreamLink?
  var method = RequestKind.question

  var assembly = MessageAssembly()
  /// Of the message on its way in, once it needs any.
  var room: StreamLink.Room?
  var waiting: (pool: ClaimPool, claim: ClaimPool.Claim)?
  var window: StreamWindow
  var isReadWanted = false
  var requestBegan: NIODeadline?
  var messageBegan: NIODeadline?
  var waitingBegan: NIODeadline?
  var isInputDone = false

  var hasWrittenHeaders = false
  var outboundBytes = 0
  var outboundMoved = NIODeadline.now()
  /// Refused or cut off: what still comes is dropped, what is still written fails.
  var hasEnded = false

  init(gates: TransportGates, connection: ConnectionGate) {
    self.gates = gates
    self.connection = connection
    window = StreamWindow(gates.limits)
  }

  var limits: ServerLimits { gates.limits }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    connection.opened(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    finish()
    self.context = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish()
    context.fireChannelInactive()
  }

  /// Gives everything back. Several calls do no harm.
  private func finish() {
    connection.closed(self)
    withdraw()
    room?.giveBack()
    room = nil
    window.giveBack(gates)
    _ = assembly.takeRest()
    if let link {
      link.end()
      gates.closed(link, method)
    }
    link = nil
    hasEnded = true
  }

  // MARK: in

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !hasEnded else { return }
    switch unwrapInboundIn(data) {
    case .headers(var headers) where link == nil:
      guard begin(headers.headers, on: context) else { return }
      // What proves who is calling goes no further.
      headers.headers.remove(name: Self.authorization)
      headers.headers.replaceOrAdd(name: TransportGates.linkHeader, value: "\(link!.id)")
      isInputDone = headers.endStream
      context.fireChannelRead(wrapInboundOut(.headers(headers)))
    case .data(let data):
      guard case .byteBuffer(let piece) = data.data else { return }
      receive(piece, endStream: data.endStream, on: context)
    case .headers(let headers):
      isInputDone = isInputDone || headers.endStream
      context.fireChannelRead(data)
    case .rstStream:
      isInputDone = true
      context.fireChannelRead(data)
    default: context.fireChannelRead(data)
    }
  }

  private static let authorization = "authorization"

  private func begin(_ headers: HPACKHeaders, on context: ChannelHandlerContext) -> Bool {
    let path = headers.first(name: ":path") ?? ""
    method = RequestKind(path: path)
    if let denial = gates.authenticator?.denial(path: path, authorization: headers.first(name: Self.authorization)) {
      gates.counters.add(denial.code == .permissionDenied ? .refusedPermission : .refusedToken)
      gates.tellDenial("a call is refused", peer: connection.peer, reason: denial.message)
      refuse(denial.code, denial.message, on: context)
      return false
    }
    let weakSelf = NIOLoopBound(WeakGate(gate: self), eventLoop: context.eventLoop)
    let loop = context.eventLoop
    let link = StreamLink(
      id: gates.nextStreamID(), limits: limits, eventLoop: loop,
      onTaken: { loop.execute { weakSelf.value.gate?.resume() } },
      onEnd: { end in loop.execute { weakSelf.value.gate?.end(end) } })
    guard gates.opened(link, method) else {
      gates.counters.add(.refusedStreams)
      refuse(
        .resourceExhausted,
        "\(method.isLong ? limits.longStreamsMax : limits.streamsMax) streams are open, which is this server's limit; try again later",
        on: context)
      return false
    }
    self.link = link
    requestBegan = .now()
    return true
  }

  // MARK: the end

  private func end(_ end: StreamLink.End) {
    guard let context else { return }
    // Asked again: its end stands behind what the socket does not take.
    guard !hasEnded else { return connection.giveUpIfStuck() }
    switch end {
    case .slowMessage:
      gates.counters.add(.endedSlowMessages)
      refuse(
        .resourceExhausted,
        "others need the memory that this message, \(assembly.byteCount) bytes of it so far, has taken for long; send it again",
        on: context)
    case .slowReader:
      gates.counters.add(.endedSlowReaders)
      cutOff(on: context)
      connection.giveUpIfStuck()
    }
  }

  /// What took too long. Called every now and then.
  func check(_ now: NIODeadline) {
    guard !hasEnded, let context else { return }
    let patience = TimeAmount(limits.messagePatience)
    if waiting == nil, let messageBegan, now - messageBegan > patience {
      gates.counters.add(.endedSlowMessages)
      return refuse(
        .deadlineExceeded,
        "the message is not whole \(limits.messagePatience) after its first byte; send smaller ones", on: context)
    }
    if method != .append, !isInputDone, waiting == nil, let requestBegan, now - requestBegan > patience {
      gates.counters.add(.endedSlowMessages)
      return refuse(
        .deadlineExceeded, "the request is not whole \(limits.messagePatience) after it began", on: context)
    }
    if outboundBytes > 0, now - outboundMoved > TimeAmount(limits.stallPatience) {
      gates.counters.add(.endedSlowReaders)
      gates.logger.notice(
        "a stream whose peer takes nothing is ended",
        metadata: ["peer": "\(connection.peer)", "bytes": "\(outboundBytes)"])
      cutOff(on: context)
    }
  }
}

/// For closures that outlive the stream.
struct WeakGate { weak var gate: StreamGate? }
