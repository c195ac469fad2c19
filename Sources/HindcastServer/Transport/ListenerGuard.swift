internal import Logging
internal import NIOCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Keeps the listener going when a connection cannot be accepted: the transport takes any error here for its end, and the
/// server's with it. While descriptors are short it pauses, so that it does not spin.
final class ListenerGuard: ChannelDuplexHandler {
  typealias InboundIn = Channel
  typealias OutboundIn = Channel

  private let counters: ServerCounters
  private let logger: Logger
  private var isPaused = false
  private var isReadWanted = false

  init(counters: ServerCounters, logger: Logger) {
    self.counters = counters
    self.logger = logger
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? IOError, Self.passing.contains(error.errnoCode) else {
      return context.fireErrorCaught(error)
    }
    counters.add(.failedAccepts)
    guard error.errnoCode != ECONNABORTED, !isPaused else { return }
    logger.error("no connection can be accepted for now", metadata: ["reason": "\(error)"])
    isPaused = true
    context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(200)) { [self] in
      isPaused = false
      if isReadWanted {
        isReadWanted = false
        context.read()
      }
    }
  }

  func read(context: ChannelHandlerContext) {
    if isPaused { isReadWanted = true } else { context.read() }
  }

  /// The peer is gone already, or something is used up that will be given back.
  private static let passing: Set<CInt> = [ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM]
}
