internal import GRPCCore
internal import NIOCore
internal import Synchronization

/// One stream, as its gate on the event loop and its handler in a task both see it: what came and was not taken yet, what
/// was sent and has not left yet.
final class StreamLink: ClaimPool.Holder {
  /// Why a stream is ended that did nothing wrong by the protocol.
  enum End: Sendable, Equatable {
    /// Its message has come too slowly, and others need the room.
    case slowMessage
    /// It takes too little of what it asked for, and others need the room.
    case slowReader
  }

  private struct State {
    /// Of messages that are whole and not taken yet, in order: their bytes, and the room they hold in a pool.
    var queue: [(byteCount: Int, room: Room?)] = []
    /// Of those without room of their own.
    var queuedSmallBytes = 0
    var queuedRooms = 0
    var isReadHeld = false
    /// Of the message that is on its way in, and the claim it was let in with.
    var partialBytes = 0
    var partialClaim: UInt64?
    var outboundBytes = 0
    /// Ever, for rates.
    var outboundBytesDone: UInt64 = 0
    var outboundBytesAtClaim: [UInt64: UInt64] = [:]
    var drainWaiter: (below: Int, continuation: CheckedContinuation<Void, Never>)?
    var isOver = false
  }

  struct Room: Sendable {
    var pool: ClaimPool
    var claim: ClaimPool.Claim

    func giveBack() { pool.release(claim) }
  }

  let id: UInt64
  private let limits: ServerLimits
  private let eventLoop: any EventLoop
  private let state = Mutex(State())
  /// Runs on any thread: the gate hops to its event loop.
  private let onTaken: @Sendable () -> Void
  private let onEnd: @Sendable (End) -> Void

  init(
    id: UInt64, limits: ServerLimits, eventLoop: any EventLoop, onTaken: @escaping @Sendable () -> Void,
    onEnd: @escaping @Sendable (End) -> Void
  ) {
    self.id = id
    self.limits = limits
    self.eventLoop = eventLoop
    self.onTaken = onTaken
    self.onEnd = onEnd
  }

  // MARK: in

  /// The gate hands a message on; it counts until the handler has taken it.
  func queued(byteCount: Int, room: Room?) {
    let refused = state.withLock { state -> Room? in
      guard !state.isOver else { return room }
      state.queue.append((byteCount, room))
      if room == nil { state.queuedSmallBytes += byteCount } else { state.queuedRooms += 1 }
      return nil
    }
    refused?.giveBack()
  }

  /// The handler has the next message's content in memory of its own.
  func took() {
    let (room, isAwaited) = state.withLock { state -> (Room?, Bool) in
      guard !state.queue.isEmpty else { return (nil, false) }
      defer { state.isReadHeld = false }
      let (byteCount, room) = state.queue.removeFirst()
      if room == nil { state.queuedSmallBytes -= byteCount } else { state.queuedRooms -= 1 }
      return (room, state.isReadHeld)
    }
    room?.giveBack()
    if isAwaited { onTaken() }
  }

  /// Whether more may be read from the peer, as far as it depends on the handler. If not, `onTaken` will tell.
  func mayReadMore() -> Bool {
    state.withLock { state in
      let mayRead = state.queuedRooms < 2 && state.queuedSmallBytes <= limits.windowBytes
      state.isReadHeld = !mayRead
      return mayRead
    }
  }

  /// So much of a message is there; `room`: what it was let in with.
  func setPartial(_ byteCount: Int, room: Room?) {
    state.withLock { state in
      state.partialBytes = byteCount
      state.partialClaim = room?.claim.id
    }
  }

  // MARK: out

  func wrote(_ byteCount: Int) { state.withLock { $0.outboundBytes += byteCount } }

  /// So many bytes have left, or never will.
  func left(_ byteCount: Int) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.outboundBytes -= byteCount
      state.outboundBytesDone += UInt64(byteCount)
      guard let waiter = state.drainWaiter, state.outboundBytes <= waiter.below else { return nil }
      state.drainWaiter = nil
      return waiter.continuation
    }
    waiter?.resume()
  }

  var outboundBytes: Int { state.withLock { $0.outboundBytes } }

  /// Waits until no more than so many bytes are still to be sent, the stream is over, or the task is cancelled. One caller
  /// at a time.
  func waitUntilSent(butFor byteCount: Int) async {
    // What the caller has written is counted when the event loop has come to it.
    try? await eventLoop.submit {}.get()
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.isOver || state.outboundBytes <= byteCount || Task.isCancelled { return true }
          state.drainWaiter = (byteCount, continuation)
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        defer { state.drainWaiter = nil }
        return state.drainWaiter
      }
      waiter?.continuation.resume()
    }
  }

  // MARK: the end

  /// Nothing comes or leaves any more.
  func end() {
    let (rooms, waiter) = state.withLock { state in
      state.isOver = true
      defer {
        state.queue = []
        state.partialBytes = 0
        state.drainWaiter = nil
      }
      return (state.queue.compactMap(\.room), state.drainWaiter?.continuation)
    }
    for room in rooms { room.giveBack() }
    waiter?.resume()
  }

  // MARK: under pressure

  /// Whether the message, or what is sent, has moved at less than `scarceBytesPerSecond` since its room was claimed.
  func isSlow(after nanoseconds: UInt64, claim: ClaimPool.Claim) -> Bool {
    guard nanoseconds > limits.scarcePatience.wholeNanoseconds else { return false }
    let fair = UInt64(Double(nanoseconds) / 1e9 * Self.scarceBytesPerSecond)
    return state.withLock { state in
      if let start = state.outboundBytesAtClaim[claim.id] {
        return state.outboundBytes > 0 && state.outboundBytesDone - start < fair
      }
      return state.partialClaim == claim.id && UInt64(state.partialBytes) < fair
    }
  }

  func letGo() {
    let isSending = state.withLock { !$0.outboundBytesAtClaim.isEmpty }
    onEnd(isSending ? .slowReader : .slowMessage)
  }

  /// A claim for what this stream sends begins, ends: its rate counts from here.
  func beginSending(_ claim: ClaimPool.Claim) {
    state.withLock { $0.outboundBytesAtClaim[claim.id] = $0.outboundBytesDone }
  }
  func endSending(_ claim: ClaimPool.Claim) {
    state.withLock { _ = $0.outboundBytesAtClaim.removeValue(forKey: claim.id) }
  }

  private static let scarceBytesPerSecond = 256.0 * 1_024
}

/// The messages of a request, each counted as taken when the handler gets it.
struct TakenMessages<Element: Sendable>: AsyncSequence, Sendable {
  let messages: RPCAsyncSequence<Element, any Error>
  let link: StreamLink

  struct AsyncIterator: AsyncIteratorProtocol {
    var iterator: RPCAsyncSequence<Element, any Error>.AsyncIterator
    let link: StreamLink

    mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> Element? {
      let element = try await iterator.next(isolation: actor)
      if element != nil { link.took() }
      return element
    }

    mutating func next() async throws -> Element? { try await next(isolation: nil) }
  }

  func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(iterator: messages.makeAsyncIterator(), link: link)
  }
}
