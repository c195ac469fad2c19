internal import GRPCCore
internal import HindcastFormat
internal import HindcastWire

/// Encoded blocks from the encoder until the server has them on disk, and the numbers they are sent under. No clock, no
/// waiting: `Outbox` adds those.
///
/// The queue's first `sentCount` blocks are in flight on the present stream, the rest wait. Block `i` has sequence
/// `firstSequence + i`, so that a resend after a lost connection carries the same numbers by itself.
///
/// A block that the server refuses leaves a hole in the numbers. What comes after it is sent under a new epoch, from 1:
/// the server fences off the old epoch, so blocks of the old stream that it still has to look at can't be taken for
/// blocks of the new one, and none of them was stored, since they came after the hole.
struct OutboxState: Sendable {
  struct Waiting: Sendable {
    var block: EncodedBlock
    var ticket: UInt64
    var wasSent = false
  }

  struct Counts: Sendable, Equatable {
    var acknowledged = 0
    var rejectedByServer = 0
    /// Events that the encoder found to break a rule.
    var rejectedInvalid = 0
    var droppedAtShutdown = 0
    var droppedBytes = 0
    var sent = 0
    var resent = 0
    var acknowledgedBlocks = 0
    var acknowledgedBytes = 0
    var connections = 0
  }

  enum Step: Equatable {
    case send
    /// Nothing to send, or too much in flight.
    case wait
    /// Closing, and everything is sent.
    case close
  }

  /// What an answer means for the stream it came on.
  enum Verdict: Equatable {
    /// The block is on disk.
    case acknowledged
    /// The stream has to end and a new one to send what is left: at once if `delay` is nil, else no sooner than that,
    /// and later the more attempts came to nothing.
    case endStream(reason: String, delay: Duration?)
  }

  private(set) var queue = FIFO<Waiting>()
  private(set) var sentCount = 0
  private var sentBytes = 0
  private(set) var epoch: UInt64
  private(set) var firstSequence: UInt64 = 1
  /// How often in a row the oldest block came back with a refusal, or a failed stream, that says nothing about time.
  private var headFailures = 0
  /// Ticket of the last block that came out of the encoder.
  private var encodedTicket: UInt64 = 0
  var isClosing = false
  private var isAbandoned = false
  private(set) var counts = Counts()
  /// Bytes of blocks that left since the last look: to be given back to the budget.
  private var releasedBytes = 0

  private let producer: ProducerID
  private let blocksInFlightMax: Int
  private let bytesInFlightMax: Int

  init(producer: ProducerID, epoch: UInt64, blocksInFlightMax: Int, bytesInFlightMax: Int) {
    self.producer = producer
    self.epoch = epoch
    self.blocksInFlightMax = blocksInFlightMax
    self.bytesInFlightMax = bytesInFlightMax
  }

  /// All blocks with tickets up to this are acknowledged, refused or dropped.
  var settledTicket: UInt64 { queue.first.map { $0.ticket - 1 } ?? encodedTicket }

  mutating func takeReleasedBytes() -> Int {
    defer { releasedBytes = 0 }
    return releasedBytes
  }

  mutating func enqueue(_ block: EncodedBlock, ticket: UInt64) {
    encodedTicket = max(encodedTicket, ticket)
    if isAbandoned {
      drop(rowCount: block.eventCount, byteCount: block.bytes.count)
      releasedBytes += block.bytes.count
    } else {
      queue.append(Waiting(block: block, ticket: ticket))
    }
  }

  /// A block that went elsewhere and counts as acknowledged.
  mutating func keep(_ block: EncodedBlock, ticket: UInt64) {
    encodedTicket = max(encodedTicket, ticket)
    counts.acknowledged += block.eventCount
    counts.acknowledgedBlocks += 1
    counts.acknowledgedBytes += block.bytes.count
    releasedBytes += block.bytes.count
  }

  /// A block that can't be encoded: its events are rejected.
  mutating func skip(ticket: UInt64, rowCount: Int) {
    encodedTicket = max(encodedTicket, ticket)
    counts.rejectedInvalid += rowCount
  }

  /// Events given up at shutdown before they were encoded.
  mutating func drop(rowCount: Int, byteCount: Int) {
    counts.droppedAtShutdown += rowCount
    counts.droppedBytes += byteCount
  }

  /// Gives up everything that is here or still comes, at shutdown.
  mutating func abandon(lastTicket: UInt64) {
    isAbandoned = true
    while let waiting = queue.popFirst() {
      drop(rowCount: waiting.block.eventCount, byteCount: waiting.block.bytes.count)
      releasedBytes += waiting.block.bytes.count
    }
    sentCount = 0
    sentBytes = 0
    encodedTicket = max(encodedTicket, lastTicket)
  }

  /// A new stream: everything unacknowledged is to be sent again.
  mutating func beginStream() {
    sentCount = 0
    sentBytes = 0
    counts.connections += 1
  }

  var nextStep: Step {
    guard sentCount < queue.count else { return isClosing ? .close : .wait }
    if sentCount == 0 { return .send }
    // While the oldest block is under suspicion it is sent alone, so that a failing stream says which block it was.
    if headFailures > 0 || sentCount >= blocksInFlightMax { return .wait }
    return sentBytes + queue[sentCount].block.bytes.count > bytesInFlightMax ? .wait : .send
  }

  /// The next block, which is in flight from now on. Only after `nextStep` said `.send`.
  mutating func takeNext() -> AppendRequest {
    let block = queue[sentCount].block
    if queue[sentCount].wasSent {
      counts.resent += block.eventCount
    } else {
      counts.sent += block.eventCount
      queue[sentCount].wasSent = true
    }
    defer {
      sentCount += 1
      sentBytes += block.bytes.count
    }
    return AppendRequest(
      producer: producer, epoch: epoch, sequence: firstSequence + UInt64(sentCount), payloadHash: block.payloadHash,
      block: block.bytes)
  }

  /// Takes in an answer; answers come in the order of the blocks. `now`, in microseconds, numbers a new epoch.
  mutating func take(_ answer: AppendResponse, now: UInt64) -> Verdict {
    guard sentCount > 0, answer.sequence == firstSequence, let head = queue.first else {
      return .endStream(
        reason: "the server answered block \(answer.sequence), expected was the answer to \(firstSequence)",
        delay: .zero)
    }
    guard let refusal = answer.error else {
      popHead()
      firstSequence += 1
      counts.acknowledged += head.block.eventCount
      counts.acknowledgedBlocks += 1
      counts.acknowledgedBytes += head.block.bytes.count
      return .acknowledged
    }
    if refusal.expectedSequence == 0, refusal.isRetryable {
      return .endStream(reason: refusal.message, delay: .milliseconds(Int64(refusal.retryAfterMilliseconds)))
    }
    // The server knows less of this producer than it acknowledged, or another life of it took over. In a new epoch it
    // has no memory to disagree with. A server that refuses the same block even so means the block.
    let isAboutNumbers = refusal.expectedSequence != 0 || refusal.code == .failedPrecondition
    if isAboutNumbers, headFailures < Self.headFailuresMax {
      headFailures += 1
      beginEpoch(now: now)
      return .endStream(reason: refusal.message, delay: nil)
    }
    rejectHead(now: now)
    return .endStream(
      reason: "\(head.block.rowCount) events of model '\(head.block.stream.model)' are rejected: \(refusal.message)",
      delay: nil)
  }

  /// The stream failed with the RPC's own status. Of a status that blames the request, the block that was in flight is
  /// found by sending it alone; after several failures it is rejected. Returns whether it was.
  mutating func streamFailed(_ code: RPCError.Code, now: UInt64) -> Bool {
    guard code == .invalidArgument || code == .outOfRange, sentCount > 0 else { return false }
    if headFailures == 0 || sentCount > 1 {
      headFailures = 1
      return false
    }
    headFailures += 1
    guard headFailures > Self.headFailuresMax else { return false }
    rejectHead(now: now)
    return true
  }

  private static let headFailuresMax = 2

  private mutating func rejectHead(now: UInt64) {
    guard let head = queue.first else { return }
    popHead()
    counts.rejectedByServer += head.block.eventCount
    beginEpoch(now: now)
  }

  private mutating func popHead() {
    guard let head = queue.popFirst() else { return }
    releasedBytes += head.block.bytes.count
    headFailures = 0
    sentCount -= 1
    sentBytes -= head.block.bytes.count
  }

  private mutating func beginEpoch(now: UInt64) {
    epoch = max(epoch + 1, now)
    firstSequence = 1
  }
}

extension EncodedBlock {
  /// Its events; 0 if its rows tell of events that were lost.
  fileprivate var eventCount: Int { stream.kind == .loss ? 0 : rowCount }
}
