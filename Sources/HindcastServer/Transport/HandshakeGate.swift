internal import Logging
internal import NIOCore
internal import NIOHTTP2
internal import NIOTLS

/// Stands behind TLS, where there is any: gives up peers that do not finish the handshake, and says goodbye to
/// connections over the limit, which before the handshake could not be told why. Runs on the connection's event loop.
final class HandshakeGate: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let gates: TransportGates
  private let isRefused: Bool
  private let connection: ConnectionGate
  private var timeout: Scheduled<Void>?
  private var isDone = false

  init(gates: TransportGates, connection: ConnectionGate, isRefused: Bool) {
    self.gates = gates
    self.connection = connection
    self.isRefused = isRefused
  }

  func handlerAdded(context: ChannelHandlerContext) {
    timeout = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(gates.limits.handshakePatience)) {
      [weak self] in
      guard let self, !self.isDone else { return }
      self.isDone = true
      self.failed("it took longer than \(self.gates.limits.handshakePatience)")
      self.connection.close()
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timeout?.cancel()
    timeout = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    if !isRefused { context.fireChannelActive() }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if !isRefused { context.fireChannelRead(data) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted? = event as? TLSUserEvent, !isDone {
      isDone = true
      timeout?.cancel()
      timeout = nil
      if isRefused {
        context.writeAndFlush(wrapOutboundOut(connection.goodbye), promise: nil)
        connection.closeSoon(context)
      }
    }
    if !isRefused { context.fireUserInboundEventTriggered(event) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if !isDone {
      isDone = true
      failed("\(error)")
    }
    context.fireErrorCaught(error)
  }

  private func failed(_ reason: String) {
    gates.counters.add(.failedHandshakes)
    gates.tellDenial("a TLS handshake failed", peer: connection.peer, reason: reason)
  }
}
