import GRPCCore
import HindcastFormat
import HindcastWire
import Testing

@testable import Hindcast

/// What is sent under which number, and what answers mean; no network, no clock.
@Suite struct OutboxTests {
  static let stream = StreamKey(kind: .prediction, model: "m", version: "1", environment: .production)

  func outbox(blocks: Int, blocksInFlightMax: Int = 32, bytesInFlightMax: Int = 1_000) -> OutboxState {
    var outbox = OutboxState(
      producer: ProducerID(low: 1, high: 2), epoch: 100, blocksInFlightMax: blocksInFlightMax,
      bytesInFlightMax: bytesInFlightMax)
    for index in 0..<blocks { outbox.enqueue(Self.block(index), ticket: UInt64(index + 1)) }
    outbox.beginStream()
    return outbox
  }

  /// Block `index` has `index + 1` rows and 10 bytes, all of them `index`.
  static func block(_ index: Int) -> EncodedBlock {
    EncodedBlock(
      stream: stream, rowCount: index + 1, minTime: 0, maxTime: 0,
      bytes: Array(repeating: UInt8(index), count: 10), payloadHash: 9)
  }

  /// Sends all that may be sent; what was sent as (epoch, sequence, first byte of the block).
  func sendAll(_ outbox: inout OutboxState) -> [[UInt64]] {
    var sent: [[UInt64]] = []
    while outbox.nextStep == .send {
      let request = outbox.takeNext()
      sent.append([request.epoch, request.sequence, UInt64(request.block[0])])
    }
    return sent
  }

  func expectSent(_ outbox: inout OutboxState, _ expected: [[UInt64]], at location: SourceLocation = #_sourceLocation) {
    let sent = sendAll(&outbox)
    #expect(sent == expected, sourceLocation: location)
  }

  func acknowledge(_ outbox: inout OutboxState, _ sequences: ClosedRange<UInt64>) {
    for sequence in sequences {
      let verdict = outbox.take(AppendResponse(sequence: sequence, position: 1), now: 0)
      #expect(verdict == .acknowledged)
    }
  }

  func refuse(_ outbox: inout OutboxState, _ sequence: UInt64, _ refusal: Refusal, now: UInt64 = 0)
    -> OutboxState.Verdict
  {
    outbox.take(AppendResponse(sequence: sequence, error: refusal), now: now)
  }

  @Test("blocks are sent in order from sequence 1, as far ahead as the limits of blocks and bytes allow")
  func window() {
    var byBlocks = outbox(blocks: 5, blocksInFlightMax: 3)
    expectSent(&byBlocks, [[100, 1, 0], [100, 2, 1], [100, 3, 2]])
    acknowledge(&byBlocks, 1...1)
    expectSent(&byBlocks, [[100, 4, 3]])
    var byBytes = outbox(blocks: 5, bytesInFlightMax: 20)
    let byBytesSent = sendAll(&byBytes)
    #expect(byBytesSent.count == 2)
    var tiny = outbox(blocks: 5, bytesInFlightMax: 1)
    let tinySent = sendAll(&tiny)
    #expect(tinySent.count == 1)
  }

  @Test("after a lost stream what is unacknowledged is sent again under the same numbers")
  func lostStream() {
    var outbox = outbox(blocks: 3)
    _ = sendAll(&outbox)
    acknowledge(&outbox, 1...1)
    outbox.beginStream()
    expectSent(&outbox, [[100, 2, 1], [100, 3, 2]])
    #expect(outbox.counts.sent == 1 + 2 + 3)
    #expect(outbox.counts.resent == 2 + 3)
    acknowledge(&outbox, 2...3)
    #expect(outbox.counts.acknowledged == 6)
    let released = outbox.takeReleasedBytes()
    #expect(released == 30)
  }

  @Test("a block that is refused for good is rejected, and those behind it go out under a new epoch from 1")
  func permanentRefusal() {
    var outbox = outbox(blocks: 3)
    _ = sendAll(&outbox)
    acknowledge(&outbox, 1...1)
    let verdict = refuse(&outbox, 2, Refusal(.invalidArgument, "column x is odd"), now: 500)
    #expect(verdict == .endStream(reason: "2 events of model 'm' are rejected: column x is odd", delay: nil))
    #expect(outbox.counts.rejectedByServer == 2)
    outbox.beginStream()
    expectSent(&outbox, [[500, 1, 2]])
    acknowledge(&outbox, 1...1)
    #expect(outbox.counts.acknowledged == 1 + 3)
    #expect(outbox.settledTicket == 3)
  }

  @Test("a clock that went back does not give a lower epoch")
  func epochsRise() {
    var outbox = outbox(blocks: 2)
    _ = sendAll(&outbox)
    _ = refuse(&outbox, 1, Refusal(.invalidArgument, "bad"), now: 3)
    outbox.beginStream()
    expectSent(&outbox, [[101, 1, 1]])
  }

  @Test("a block that is refused for now is sent again under the same number, after the server's delay")
  func retryableRefusal() {
    var outbox = outbox(blocks: 2)
    _ = sendAll(&outbox)
    let refusal = Refusal(.resourceExhausted, "full", isRetryable: true, retryAfterMilliseconds: 250)
    let verdict = refuse(&outbox, 1, refusal)
    #expect(verdict == .endStream(reason: "full", delay: .milliseconds(250)))
    outbox.beginStream()
    expectSent(&outbox, [[100, 1, 0], [100, 2, 1]])
    #expect(outbox.counts.rejectedByServer == 0)
  }

  @Test("a server that lost its memory of the producer gets everything again under a new epoch")
  func forgetfulServer() {
    var outbox = outbox(blocks: 3)
    _ = sendAll(&outbox)
    acknowledge(&outbox, 1...2)
    let gap = Refusal(.failedPrecondition, "sequence gap", isRetryable: true, expectedSequence: 1)
    let verdict = refuse(&outbox, 3, gap, now: 200)
    #expect(verdict == .endStream(reason: "sequence gap", delay: nil))
    outbox.beginStream()
    expectSent(&outbox, [[200, 1, 2]])
  }

  @Test("a server that refuses every epoch of a block refuses the block")
  func endlessStaleEpoch() {
    var outbox = outbox(blocks: 2)
    for attempt in 1...3 {
      _ = sendAll(&outbox)
      _ = refuse(&outbox, 1, Refusal(.failedPrecondition, "stale epoch"))
      outbox.beginStream()
      #expect(outbox.counts.rejectedByServer == (attempt == 3 ? 1 : 0))
    }
    let sent = sendAll(&outbox)
    #expect(sent.map { $0[2] } == [1])
  }

  @Test("an answer to another block than the oldest ends the stream and settles nothing")
  func wrongAnswer() {
    var outbox = outbox(blocks: 2)
    _ = sendAll(&outbox)
    guard case .endStream = outbox.take(AppendResponse(sequence: 2, position: 5), now: 0) else {
      Issue.record("the answer was taken")
      return
    }
    #expect(outbox.counts.acknowledged == 0)
    #expect(outbox.settledTicket == 0)
  }

  @Test("a block that breaks the stream is found by sending it alone, and rejected; the others arrive")
  func poisonousBlock() {
    var outbox = outbox(blocks: 3)
    _ = sendAll(&outbox)
    acknowledge(&outbox, 1...1)
    let isRejectedAtOnce = outbox.streamFailed(.invalidArgument, now: 7)
    #expect(!isRejectedAtOnce)
    for attempt in 1...2 {
      outbox.beginStream()
      expectSent(&outbox, [[100, 2, 1]])
      let isRejected = outbox.streamFailed(.invalidArgument, now: 7)
      #expect(isRejected == (attempt == 2))
    }
    outbox.beginStream()
    expectSent(&outbox, [[101, 1, 2]])
    #expect(outbox.counts.rejectedByServer == 2)
  }

  @Test(
    "a lost connection blames no block", arguments: [RPCError.Code.unavailable, .internalError, .resourceExhausted])
  func innocentBlock(code: RPCError.Code) {
    var outbox = outbox(blocks: 1)
    for _ in 0..<20 {
      _ = sendAll(&outbox)
      let isRejected = outbox.streamFailed(code, now: 7)
      #expect(!isRejected)
      outbox.beginStream()
    }
    #expect(outbox.counts.rejectedByServer == 0)
  }

  @Test("a ticket is settled when all before it are, however its own block ended")
  func settledTickets() {
    var outbox = outbox(blocks: 2)
    outbox.skip(ticket: 3, rowCount: 5)
    #expect(outbox.settledTicket == 0)
    _ = sendAll(&outbox)
    acknowledge(&outbox, 1...1)
    #expect(outbox.settledTicket == 1)
    acknowledge(&outbox, 2...2)
    #expect(outbox.settledTicket == 3)
    #expect(outbox.counts.rejectedInvalid == 5)
  }

  @Test("the oldest blocks that were never sent give way, whole and in order; the numbers of sent ones stay")
  func dropOldest() {
    var outbox = outbox(blocks: 6, blocksInFlightMax: 2)
    _ = sendAll(&outbox)
    let (freed, losses) = outbox.dropOldest(byteCount: 15)
    #expect(freed == 20)
    #expect(losses.map(\.rows) == [3, 4])
    #expect(losses.allSatisfy { $0.reason == .queueFull && $0.stream == Self.stream && $0.bytes == 10 })
    let told = outbox.takeLosses()
    #expect(told == losses)
    #expect(outbox.counts.droppedOldest == 7)
    #expect(outbox.counts.droppedBytes == 20)
    let released = outbox.takeReleasedBytes()
    #expect(released == 20)
    #expect(outbox.settledTicket == 0)
    acknowledge(&outbox, 1...2)
    #expect(outbox.settledTicket == 4)
    expectSent(&outbox, [[100, 3, 4], [100, 4, 5]])
    acknowledge(&outbox, 3...4)
    #expect(outbox.settledTicket == 6)
  }

  @Test("what was sent once is never dropped for room, not even while it waits to be sent again")
  func dropOldestSpares() {
    var outbox = outbox(blocks: 3)
    _ = sendAll(&outbox)
    outbox.beginStream()
    let (freed, losses) = outbox.dropOldest(byteCount: 1_000)
    #expect(freed == 0)
    #expect(losses.isEmpty)
    expectSent(&outbox, [[100, 1, 0], [100, 2, 1], [100, 3, 2]])
  }

  @Test("reports of losses are neither dropped for room nor counted among the events, and go out first")
  func reports() {
    var outbox = outbox(blocks: 2)
    var report = Self.block(7)
    report.stream.kind = .loss
    outbox.enqueue(report, ticket: 0)
    _ = outbox.dropOldest(byteCount: 1_000)
    _ = outbox.takeLosses()
    outbox.enqueue(Self.block(2), ticket: 3)
    expectSent(&outbox, [[100, 1, 7], [100, 2, 2]])
    acknowledge(&outbox, 1...2)
    #expect(outbox.counts.acknowledged == 3)
    #expect(outbox.counts.sent == 3)
    #expect(outbox.counts.droppedOldest == 1 + 2)
    #expect(outbox.settledTicket == 3)
    outbox.enqueue(report, ticket: 0)
    outbox.abandon(lastTicket: 3)
    #expect(outbox.counts.droppedAtShutdown == 0)
    let losses = outbox.takeLosses()
    #expect(losses.isEmpty)
  }

  @Test("a report that was sent before blocks which came earlier settles none of them")
  func ticketsBehindReports() {
    var outbox = outbox(blocks: 2)
    var report = Self.block(7)
    report.stream.kind = .loss
    outbox.enqueue(report, ticket: 3)
    expectSent(&outbox, [[100, 1, 7], [100, 2, 0], [100, 3, 1]])
    #expect(outbox.settledTicket == 0)
    acknowledge(&outbox, 1...1)
    #expect(outbox.settledTicket == 0)
    acknowledge(&outbox, 2...3)
    #expect(outbox.settledTicket == 3)
  }

  @Test("whatever is given up is told of once, with its reason, model and times")
  func losses() {
    var outbox = outbox(blocks: 0)
    var block = Self.block(1)
    (block.minTime, block.maxTime) = (5, 9)
    outbox.enqueue(block, ticket: 1)
    outbox.enqueue(Self.block(2), ticket: 2)
    _ = sendAll(&outbox)
    _ = refuse(&outbox, 1, Refusal(.invalidArgument, "bad"), now: 500)
    outbox.abandon(lastTicket: 2)
    let losses = outbox.takeLosses()
    #expect(
      losses == [
        LostRows(stream: Self.stream, reason: .refused, rows: 2, bytes: 10, times: 5...9),
        LostRows(stream: Self.stream, reason: .shutdown, rows: 3, bytes: 10, times: 0...0),
      ])
    let again = outbox.takeLosses()
    #expect(again.isEmpty)
  }

  @Test("what is abandoned, or comes after, is counted as dropped")
  func abandoned() {
    var outbox = outbox(blocks: 2)
    _ = sendAll(&outbox)
    acknowledge(&outbox, 1...1)
    outbox.abandon(lastTicket: 4)
    outbox.enqueue(Self.block(2), ticket: 3)
    #expect(outbox.counts.acknowledged == 1)
    #expect(outbox.counts.droppedAtShutdown == 2 + 3)
    #expect(outbox.settledTicket == 4)
    let released = outbox.takeReleasedBytes()
    #expect(released == 30)
    #expect(outbox.nextStep == .wait)
  }
}
