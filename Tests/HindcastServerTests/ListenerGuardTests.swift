import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import HindcastServer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct ListenerGuardTests {
  /// What gets past the guard.
  private final class Behind: ChannelInboundHandler {
    typealias InboundIn = Any
    var errors = 0
    func errorCaught(context: ChannelHandlerContext, error: any Error) { errors += 1 }
  }

  @Test(
    "a connection that cannot be accepted does not end the listener, any other error does",
    arguments: [(EMFILE, 0), (ENFILE, 0), (ECONNABORTED, 0), (ENOBUFS, 0), (EBADF, 1)])
  func errors(code: CInt, passed: Int) throws {
    let counters = ServerCounters()
    let channel = EmbeddedChannel()
    let behind = Behind()
    try channel.pipeline.syncOperations.addHandler(ListenerGuard(counters: counters, logger: Logger(label: "test")))
    try channel.pipeline.syncOperations.addHandler(behind)
    channel.pipeline.fireErrorCaught(IOError(errnoCode: code, reason: "accept"))
    #expect(behind.errors == passed)
    #expect(counters[.failedAccepts] == UInt64(1 - passed))
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    _ = try? channel.finish(acceptAlreadyClosed: true)
  }
}
