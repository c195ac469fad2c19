internal import GRPCCore
internal import HindcastFormat
internal import HindcastWire

/// Encoded blocks from the encoder until the server has them on disk, and the numbers they are sent under. No clock, no
/// disk, no waiting: `Outbox` and `SpoolWorker` add those.
///
/// Each producer has a queue of its own (`ProducerQueue`), and their blocks share the stream. The first queue is in memory
/// only; others have a spool behind them, of this process or of one that is gone. Answers come in the order of `inFlight`.
///
/// A block that the server refuses leaves a hole in the numbers. What comes after it is sent under a new epoch, from 1:
/// the server fences off the old epoch, so blocks of the old stream that it still has to look at can't be taken for
/// blocks of the new one, and none of them was stored, since they came after the hole.
struct OutboxState: Sendable {
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

  private struct InFlight {
    var queue: Int
    var byteCount: Int
  }

  /// By number; the first is in memory only.
  var queues: [ProducerQueue]
  private var inFlight = FIFO<InFlight>()
  private var inFlightBytes = 0
  /// The queue that was served last: of those with a spool each is served in turn.
  private var lastServed = 0
  /// Ticket of the last block that came out of the encoder.
  private var encodedTicket: UInt64 = 0
  var isClosing = false
  var isAbandoned = false
  var counts = Counts()
  /// Bytes of blocks that left since the last look: to be given back to the budget.
  var releasedBytes = 0
  /// What was given up since the last look.
  private var losses: [LostRows] = []
  /// nil: there is none.
  var spool: SpoolRoom?

  private let blocksInFlightMax: Int
  private let bytesInFlightMax: Int

  init(producer: ProducerID, epoch: UInt64, blocksInFlightMax: Int, bytesInFlightMax: Int) {
    queues = [ProducerQueue(number: 0, place: .memory, producer: producer, epoch: epoch)]
    self.blocksInFlightMax = blocksInFlightMax
    self.bytesInFlightMax = bytesInFlightMax
  }

  /// Blocks that the server owes an answer.
  var sentCount: Int { inFlight.count }

  /// All blocks with tickets up to this are acknowledged, refused or dropped.
  var settledTicket: UInt64 {
    var first: UInt64?
    for queue in queues {
      if let ticket = queue.firstTicket { first = min(first ?? ticket, ticket) }
    }
    return first.map { $0 - 1 } ?? encodedTicket
  }

  /// Nothing of this process is left to be sent or acknowledged. What others left in their spools may wait.
  var isEmpty: Bool { queues.allSatisfy { $0.place == .adopted || $0.isEmpty } }

  mutating func takeReleasedBytes() -> Int {
    defer { releasedBytes = 0 }
    return releasedBytes
  }

  mutating func takeLosses() -> [LostRows] {
    if losses.isEmpty { return [] }
    defer { losses = [] }
    return losses
  }

  // MARK: From the encoder

  /// `isMemoryShort` decides what becomes of a block that the spool has no room for. A block nobody waits for, such as a
  /// report, may come with ticket 0.
  mutating func enqueue(_ block: EncodedBlock, ticket: UInt64, isMemoryShort: Bool = false) {
    encodedTicket = max(encodedTicket, ticket)
    if isAbandoned { return giveUp(block, .shutdown) }
    let ticket = ticket > 0 ? ticket : max(encodedTicket, 1)
    if let open = openQueue {
      let frameBytes = FrameHeader.frameByteCount(payloadLength: block.bytes.count)
      if let spool, spool.hasRoom(bytes: unwrittenBytes + frameBytes), queues[open].count < SpoolLimits.blocksMax {
        queues[open].append(block, ticket: ticket)
        return
      }
      if isMemoryShort, block.stream.kind != .loss { return giveUp(block, .spoolFull) }
    }
    queues[0].append(block, ticket: ticket)
  }

  /// A block that went elsewhere and counts as acknowledged.
  mutating func keep(_ block: EncodedBlock, ticket: UInt64) {
    encodedTicket = max(encodedTicket, ticket)
    releasedBytes += block.bytes.count
    counts.acknowledgedBlocks += 1
    counts.acknowledgedBytes += block.bytes.count
    if block.stream.kind != .loss { counts.acknowledged += block.rowCount }
  }

  /// A block that can't be encoded: its events are rejected. Whoever knows more of them reports it.
  mutating func skip(ticket: UInt64, rowCount: Int, loss: LostRows? = nil) {
    encodedTicket = max(encodedTicket, ticket)
    counts.rejectedInvalid += rowCount
    if let loss { losses.append(loss) }
  }

  /// Events given up at shutdown before they were encoded.
  mutating func drop(_ loss: LostRows) {
    guard loss.stream?.kind != .loss else { return }
    counts.droppedAtShutdown += loss.rows
    counts.droppedBytes += loss.bytes
    losses.append(loss)
  }

  private mutating func giveUp(_ block: EncodedBlock, _ reason: LossCause) {
    releasedBytes += block.bytes.count
    guard block.stream.kind != .loss else { return }
    count(block.rowCount, block.bytes.count, reason)
    losses.append(LostRows(block, reason))
  }

  private mutating func count(_ rows: Int, _ bytes: Int, _ reason: LossCause) {
    switch reason {
    case .shutdown: counts.droppedAtShutdown += rows
    case .spoolFull: counts.droppedSpoolFull += rows
    case .spoolDamaged: counts.droppedSpoolDamaged += rows
    case .queueFull: counts.droppedOldest += rows
    case .refused: counts.rejectedByServer += rows
    case .rejected, .sampledOut: counts.rejectedInvalid += rows
    }
    if reason != .refused, reason != .rejected { counts.droppedBytes += bytes }
  }

  /// Drops blocks that are only in memory and were never sent, oldest first, until at least so many bytes are free or
  /// there are no more of them. A block that was sent may be on the server's disk, and a report must not be lost.
  mutating func dropOldest(byteCount: Int) -> (freedBytes: Int, losses: [LostRows]) {
    var freed = 0
    var dropped: [LostRows] = []
    while freed < byteCount, let block = queues[0].dropOldest(), let held = block.held {
      freed += held.block.bytes.count
      giveUp(held.block, .queueFull)
      dropped.append(LostRows(held.block, .queueFull))
    }
    return (freed, dropped)
  }

  /// Gives up everything that is in memory only or still comes, at shutdown. What is on the spool's disk stays there.
  mutating func abandon(lastTicket: UInt64) {
    isAbandoned = true
    for place in queues.indices {
      let durable = queues[place].place == .memory ? 0 : queues[place].durableIndex
      let isOwn = queues[place].place != .adopted
      for block in queues[place].removeAll() {
        releasedBytes += block.heldBytes
        guard isOwn, block.place == nil || block.index > durable, let held = block.held, !block.isReport else {
          continue
        }
        count(held.block.rowCount, held.block.bytes.count, .shutdown)
        losses.append(LostRows(held.block, .shutdown))
      }
    }
    inFlight = FIFO()
    inFlightBytes = 0
    encodedTicket = max(encodedTicket, lastTicket)
  }

  // MARK: To the server

  /// A new stream: everything unacknowledged is to be sent again.
  mutating func beginStream() {
    for place in queues.indices { queues[place].beginStream() }
    inFlight = FIFO()
    inFlightBytes = 0
    counts.connections += 1
  }

  var nextStep: Step {
    if nextQueue != nil { return .send }
    guard isClosing else { return .wait }
    return queues.allSatisfy { $0.place == .adopted || !$0.hasUnsent } ? .close : .wait
  }

  /// Whose block goes out next; nil: nobody's, for now. What is in memory only goes first, since it has the least time.
  private var nextQueue: Int? {
    if inFlight.count >= blocksInFlightMax, inFlight.count > 0 { return nil }
    var suspect: Int?
    for place in queues.indices where queues[place].headFailures > 0 {
      // While the oldest block is under suspicion it is sent alone, so that a failing stream says which block it was.
      if queues[place].inFlightCount > 0 { return nil }
      if suspect == nil, queues[place].next != nil { suspect = place }
    }
    if let suspect { return inFlight.isEmpty ? suspect : nil }
    if queues[0].next != nil { return fits(0) ? 0 : nil }
    guard queues.count > 1 else { return nil }
    for step in 1...queues.count {
      let place = (lastServed + step) % queues.count
      guard place > 0, queues[place].next != nil, !(isClosing && queues[place].place == .adopted) else { continue }
      return fits(place) ? place : nil
    }
    return nil
  }

  private func fits(_ place: Int) -> Bool {
    guard !inFlight.isEmpty, let next = queues[place].next else { return true }
    // With a spool, so much at most that memory has room for what is logged meanwhile.
    return inFlightBytes + next.block.bytes.count <= min(bytesInFlightMax, spool?.windowBytes ?? .max)
  }

  /// The next block, which is in flight from now on. Only after `nextStep` said `.send`.
  mutating func takeNext() -> AppendRequest {
    let place = nextQueue!
    let (queued, isResent) = queues[place].takeNext()
    let block = queued.held!.block
    if !queued.isReport, !queued.isHole, queues[place].place != .adopted {
      if isResent { counts.resent += block.rowCount } else { counts.sent += block.rowCount }
    }
    lastServed = place
    inFlight.append(InFlight(queue: queues[place].number, byteCount: block.bytes.count))
    inFlightBytes += block.bytes.count
    return AppendRequest(
      producer: queues[place].producer, epoch: queues[place].epoch, sequence: queues[place].sequence(of: queued),
      payloadHash: block.payloadHash, block: block.bytes)
  }

  /// Takes in an answer; answers come in the order of the blocks. `now`, in microseconds, numbers a new epoch.
  mutating func take(_ answer: AppendResponse, now: UInt64) -> Verdict {
    guard let place = headQueue, let head = queues[place].sent.first, let held = head.held else {
      return .endStream(reason: "the server answered block \(answer.sequence), but owes no answer", delay: .zero)
    }
    let sequence = queues[place].sequence(of: head)
    guard answer.sequence == sequence else {
      return .endStream(
        reason: "the server answered block \(answer.sequence), expected was the answer to \(sequence)", delay: .zero)
    }
    guard let refusal = answer.error else {
      settleHead(of: place, answer.isDuplicate ? .duplicate : .stored)
      return .acknowledged
    }
    if refusal.expectedSequence == 0, refusal.isRetryable {
      return .endStream(reason: refusal.message, delay: .milliseconds(Int64(refusal.retryAfterMilliseconds)))
    }
    // The server knows less of this producer than it acknowledged, or another life of it took over. In a new epoch it
    // has no memory to disagree with. A server that refuses the same block even so means the block.
    let isAboutNumbers = refusal.expectedSequence != 0 || refusal.code == .failedPrecondition
    if isAboutNumbers, queues[place].headFailures < Self.headFailuresMax {
      queues[place].headFailures += 1
      queues[place].beginEpoch(now: now)
      return .endStream(reason: refusal.message, delay: nil)
    }
    settleHead(of: place, .refused)
    queues[place].beginEpoch(now: now)
    return .endStream(
      reason: "\(held.block.rowCount) events of model '\(held.block.stream.model)' are rejected: \(refusal.message)",
      delay: nil)
  }

  /// The stream failed with the RPC's own status. Of a status that blames the request, the block that was in flight is
  /// found by sending it alone; after several failures it is rejected. Returns whether it was.
  mutating func streamFailed(_ code: RPCError.Code, now: UInt64) -> Bool {
    guard code == .invalidArgument || code == .outOfRange, let place = headQueue else { return false }
    if queues[place].headFailures == 0 || inFlight.count > 1 {
      queues[place].headFailures = 1
      return false
    }
    queues[place].headFailures += 1
    guard queues[place].headFailures > Self.headFailuresMax else { return false }
    settleHead(of: place, .refused)
    queues[place].beginEpoch(now: now)
    return true
  }

  private static let headFailuresMax = 2

  /// Where the block stands that is to be answered next.
  private var headQueue: Int? {
    guard let first = inFlight.first else { return nil }
    return queues.firstIndex { $0.number == first.queue }
  }

  private enum Outcome { case stored, duplicate, refused }

  private mutating func settleHead(of place: Int, _ outcome: Outcome) {
    guard let (head, loss) = queues[place].popHead(), let held = head.held else { return }
    if let flight = inFlight.popFirst() { inFlightBytes -= flight.byteCount }
    releasedBytes += head.heldBytes
    if outcome != .refused {
      counts.acknowledgedBlocks += 1
      counts.acknowledgedBytes += head.heldBytes
    }
    if head.isReport { return }
    let isOwn = queues[place].place != .adopted
    let rows = Int(head.rowCount)
    switch outcome {
    case .stored where !head.isHole, .duplicate:
      // Of a hole: what was lost here had arrived there before, and its report was not stored.
      if isOwn { counts.acknowledged += rows } else { counts.recoveredAcknowledged += rows }
    case .stored:
      // The report that was stored in its place says it already.
      if isOwn { count(rows, loss?.bytes ?? 0, .spoolDamaged) } else { counts.recoveredLost += rows }
    case .refused:
      let reason: LossCause = head.isHole ? .spoolDamaged : .refused
      if isOwn { count(rows, loss?.bytes ?? 0, reason) } else { counts.recoveredLost += rows }
      losses.append(loss ?? LostRows(held.block, reason))
    }
  }
}
