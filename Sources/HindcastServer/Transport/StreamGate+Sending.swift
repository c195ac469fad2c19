internal import GRPCCore
internal import HindcastWire
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// What goes to the peer, in slices, and the ways in which a stream is sent away.
extension StreamGate {
  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard !hasEnded else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .data(let payload):
      guard case .byteBuffer(let buffer) = payload.data else { return context.write(data, promise: promise) }
      send(buffer, endStream: payload.endStream, promise: promise, on: context)
    case .headers(let headers):
      hasWrittenHeaders = true
      context.write(data, promise: headers.endStream ? closing(promise, context) : promise)
    default: context.write(data, promise: promise)
    }
  }

  /// In slices: each one that leaves is progress.
  func send(
    _ buffer: ByteBuffer, endStream: Bool, promise: EventLoopPromise<Void>?, on context: ChannelHandlerContext
  ) {
    var rest = buffer
    if outboundBytes == 0 { outboundMoved = .now() }
    repeat {
      let slice = rest.readSlice(length: min(rest.readableBytes, Self.sliceBytes))!
      let isLast = rest.readableBytes == 0
      let byteCount = slice.readableBytes
      let written = isLast ? promise ?? context.eventLoop.makePromise() : context.eventLoop.makePromise()
      outboundBytes += byteCount
      link?.wrote(byteCount)
      let link = link
      written.futureResult.assumeIsolated().whenComplete { [weak self] _ in
        link?.left(byteCount)
        self?.outboundBytes -= byteCount
        self?.outboundMoved = .now()
      }
      context.write(
        wrapOutboundOut(.data(.init(data: .byteBuffer(slice), endStream: endStream && isLast))), promise: written)
    } while rest.readableBytes > 0
  }

  private static let sliceBytes = 32 << 10

  /// A client that has its answer, and does not end its request, is told to: else the stream would stay.
  func closing(
    _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext
  ) -> EventLoopPromise<Void> {
    let written = promise ?? context.eventLoop.makePromise()
    written.futureResult.assumeIsolated().whenSuccess { [weak self] in
      guard let self, !self.isInputDone, let context = self.context else { return }
      context.writeAndFlush(self.wrapOutboundOut(.rstStream(.noError)), promise: nil)
    }
    return written
  }

  // MARK: the end

  /// Ends the stream with a status of its own: gRPC learns that the peer is gone.
  func refuse(_ code: RPCError.Code, _ message: String, on context: ChannelHandlerContext) {
    guard !hasEnded else { return }
    guard outboundBytes == 0 else { return cutOff(on: context) }
    var headers = HPACKHeaders()
    if !hasWrittenHeaders {
      headers.add(name: ":status", value: "200")
      headers.add(name: "content-type", value: "application/grpc")
    }
    headers.add(name: "grpc-status", value: "\(code.rawValue)")
    headers.add(name: "grpc-message", value: message.percentEncoded)
    if code == .resourceExhausted {
      headers.add(name: Refusal.retryAfterKey, value: "\(limits.retryAfterMilliseconds)")
    }
    let isInputDone = isInputDone
    hasEnded = true
    context.write(wrapOutboundOut(.headers(.init(headers: headers, endStream: true))), promise: nil)
    if !isInputDone { context.write(wrapOutboundOut(.rstStream(.noError)), promise: nil) }
    context.flush()
  }

  /// Drops what is still to be sent, which would stand in the way of a status. To clients ENHANCE_YOUR_CALM is
  /// RESOURCE_EXHAUSTED.
  func cutOff(on context: ChannelHandlerContext) {
    hasEnded = true
    context.writeAndFlush(wrapOutboundOut(.rstStream(.enhanceYourCalm)), promise: nil)
  }
}

extension String {
  /// As the grpc-message header wants it.
  fileprivate var percentEncoded: String {
    var encoded = ""
    for byte in utf8 {
      if (0x20...0x7E).contains(byte), byte != 0x25 {
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        encoded += "%" + (digits.count < 2 ? "0" : "") + digits
      }
    }
    return encoded
  }
}
