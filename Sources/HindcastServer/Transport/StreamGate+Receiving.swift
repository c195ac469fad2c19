internal import GRPCCore
internal import NIOCore
internal import NIOHTTP2

/// What comes from the peer: whole messages, as far as there is room for them.
extension StreamGate {
  func receive(_ data: ByteBuffer, endStream: Bool, on context: ChannelHandlerContext) {
    var piece = data
    let byteCount = piece.readableBytes
    connection.received(byteCount)
    window.received(byteCount)
    var messages: [ByteBuffer] = []
    taking: while true {
      switch assembly.take(from: &piece, messageBytesMax: method.messageBytesMax(limits)) {
      case .message(let message):
        messages.append(message)
        withdraw()
        link?.queued(byteCount: message.readableBytes, room: room)
        room = nil
        messageBegan = nil
      case .oversized(let length):
        gates.counters.add(.refusedLargeMessages)
        refuse(
          .resourceExhausted,
          "the message has \(length) bytes; the most is \(method.messageBytesMax(limits)). Send fewer rows at a time",
          on: context)
        return
      case .more: break taking
      }
    }
    isInputDone = endStream
    claimRoom(on: context)
    if waiting == nil { window.settle(gates.room) }
    forward(messages, endStream: endStream, on: context)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    // Not earlier: an update for a stream whose end is among the frames at hand is an error that ends the connection.
    guard !isInputDone, !hasEnded, waiting == nil, let increment = window.grant(gates) else { return }
    context.writeAndFlush(wrapOutboundOut(.windowUpdate(windowSizeIncrement: increment)), promise: nil)
  }

  /// gRPC keeps the last buffer it was given until the next comes; an empty one makes it let go of a large message.
  func forward(_ messages: [ByteBuffer], endStream: Bool, on context: ChannelHandlerContext) {
    func forward(_ buffer: ByteBuffer, end: Bool) {
      context.fireChannelRead(wrapInboundOut(.data(.init(data: .byteBuffer(buffer), endStream: end))))
    }
    for message in messages {
      forward(message, end: false)
      if !endStream, message.readableBytes > 4 << 10 { forward(ByteBuffer(), end: false) }
    }
    // What is left of a message that will never be whole is gRPC's to judge.
    if endStream { forward(assembly.takeRest(), end: true) }
  }

  func claimRoom(on context: ChannelHandlerContext) {
    guard assembly.byteCount > 0 else {
      link?.setPartial(0, room: nil)
      return
    }
    if messageBegan == nil { messageBegan = .now() }
    if room == nil, waiting == nil, let expected = assembly.expectedByteCount, expected > limits.windowBytes {
      let pool = expected > limits.receivedMessageBytesMax ? gates.largeRoom : gates.room
      if let claim = pool.tryClaim(expected, holder: link) {
        room = StreamLink.Room(pool: pool, claim: claim)
        coverRest(on: context)
      } else {
        wait(for: expected, in: pool, on: context)
      }
    }
    link?.setPartial(assembly.byteCount, room: room)
  }

  /// The message has room, so its sender need not wait for windows. If more is missing than it may send, its stream's end
  /// cannot be here yet.
  func coverRest(on context: ChannelHandlerContext) {
    guard !isInputDone, let expected = assembly.expectedByteCount,
      let increment = window.cover(expected - assembly.byteCount)
    else { return }
    context.writeAndFlush(wrapOutboundOut(.windowUpdate(windowSizeIncrement: increment)), promise: nil)
  }

  func wait(for byteCount: Int, in pool: ClaimPool, on context: ChannelHandlerContext) {
    let weakSelf = NIOLoopBound(WeakGate(gate: self), eventLoop: context.eventLoop)
    let loop = context.eventLoop
    waitingBegan = .now()
    gates.counters.add(.waitedForRoom)
    waiting = (
      pool,
      pool.claim(byteCount, holder: link) { claim in
        loop.execute {
          guard let gate = weakSelf.value.gate, gate.granted(claim, of: pool) else { return pool.release(claim) }
        }
      }
    )
  }

  /// Whether the claim was still wanted.
  func granted(_ claim: ClaimPool.Claim, of pool: ClaimPool) -> Bool {
    guard let waiting, waiting.claim.id == claim.id, waiting.pool === pool else { return false }
    self.waiting = nil
    room = StreamLink.Room(pool: pool, claim: claim)
    link?.setPartial(assembly.byteCount, room: room)
    window.settle(gates.room)
    if let context { coverRest(on: context) }
    // Waiting was not the peer's doing.
    if let waitingBegan, let began = messageBegan { messageBegan = began + (.now() - waitingBegan) }
    resume()
    return true
  }

  func withdraw() {
    guard let waiting else { return }
    self.waiting = nil
    waiting.pool.withdraw(waiting.claim)
  }

  func read(context: ChannelHandlerContext) {
    if mayRead { context.read() } else { isReadWanted = true }
  }

  private var mayRead: Bool { hasEnded || waiting == nil && link?.mayReadMore() ?? true }

  func resume() {
    guard isReadWanted, mayRead, let context else { return }
    isReadWanted = false
    context.read()
  }
}
