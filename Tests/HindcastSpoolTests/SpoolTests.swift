import GRPCCore
import HindcastFormat
import HindcastWire
import Testing

@testable import Hindcast

/// What goes to the spool, comes back from it, and stays.
@Suite struct SpoolTests {
  let disk = MemorySpoolDisk()

  private func enqueue(_ client: SpoolClient, _ numbers: ClosedRange<Int>, steps: Bool = true) {
    for number in numbers {
      let block = SpoolBlocks.block(number)
      _ = client.budget.reserve(block.bytes.count)
      client.outbox.enqueue(block, ticket: UInt64(number))
      if steps { _ = client.worker.step(now: 1) }
    }
  }

  private func stored(_ server: ModelServer, _ numbers: ClosedRange<Int>) -> [Int] {
    numbers.map { server.stored[SpoolBlocks.block($0).payloadHash] ?? 0 }
  }

  @Test("blocks on disk leave memory when it is short, and come back when it is their turn")
  func memory() {
    let client = SpoolClient(disk)
    enqueue(client, 1...100)
    #expect(client.budget.reservedBytes < 6_000)
    let held = client.state.queues[1].waiting
    #expect((0..<held.count).contains { held[$0].held == nil })
    var server = ModelServer()
    var now: UInt64 = 1
    #expect(client.drain(into: &server, now: &now))
    #expect(stored(server, 1...100) == Array(repeating: 1, count: 100))
    #expect(client.budget.reservedBytes == 0)
    #expect(client.outbox.counts.acknowledged == 100)
    #expect(server.reports.isEmpty)
  }

  @Test("settled files go, one after the other")
  func files() {
    let client = SpoolClient(disk)
    enqueue(client, 1...60)
    let most = disk.files.keys.count { $0.hasSuffix(".blocks") }
    #expect(most > 4)
    var server = ModelServer()
    var now: UInt64 = 1
    #expect(client.drain(into: &server, now: &now))
    #expect(disk.files.keys.count { $0.hasSuffix(".blocks") } <= 1)
    client.worker.finish(now: now)
    #expect(disk.files.isEmpty)
  }

  @Test("a full spool drops the newest only while memory is short too, and says so")
  func full() {
    let client = SpoolClient(disk, bytesMax: 5_000, memoryBytes: 3_000)
    enqueue(client, 1...60)
    let counts = client.outbox.counts
    #expect(counts.droppedSpoolFull > 0)
    #expect(client.losses.all.count == counts.droppedSpoolFull)
    #expect(client.losses.all.allSatisfy { $0.reason == .spoolFull && $0.rows == 1 && $0.stream?.model == "m" })
    let kept = client.state.queues.reduce(0) { $0 + $1.count }
    #expect(kept + counts.droppedSpoolFull == 60)
    #expect(disk.files.values.reduce(0) { $0 + $1.count } < 6_500)
    var server = ModelServer()
    var now: UInt64 = 1
    #expect(client.drain(into: &server, now: &now))
    #expect(client.outbox.counts.acknowledged == kept)
    #expect(client.state.settledTicket == 60)
  }

  @Test("after a refusal nothing is sent before the new epoch is on disk")
  func heldEpoch() throws {
    let client = SpoolClient(disk)
    enqueue(client, 1...3)
    let stream = client.outbox.beginStream()
    guard case (.send, let request?) = client.outbox.nextStep(stream: stream) else {
      Issue.record("nothing is sent")
      return
    }
    let refusal = AppendResponse(sequence: request.sequence, error: Refusal(.invalidArgument, "it smells"))
    _ = client.outbox.take(refusal, stream: stream)
    #expect(client.losses.all.map(\.reason) == [.refused])
    let next = client.outbox.beginStream()
    #expect(client.outbox.nextStep(stream: next).0 == .wait)
    _ = client.worker.step(now: 1)
    let (step, resent) = client.outbox.nextStep(stream: next)
    #expect(step == .send)
    #expect(resent?.sequence == 1)
    #expect(resent.map { $0.epoch > 100 } == true)
    // Whoever comes next knows the numbers too.
    let path = try #require(disk.files.keys.first { $0.hasSuffix(".progress") })
    let directory = String(path[..<path.lastIndex(of: "/")!])
    let recovered = try SpoolScan.recover(disk, directory, client.state.queues[1].producer)
    #expect(recovered.epoch == resent?.epoch)
    #expect(recovered.firstIndex == 2)
    #expect(recovered.settledIndex == 1)
    #expect(recovered.blocks.map(\.index) == [2, 3])
  }

  @Test("what shutdown leaves in the spool is not dropped; what is in memory only is")
  func abandoned() {
    let client = SpoolClient(disk)
    enqueue(client, 1...3)
    enqueue(client, 4...4, steps: false)
    client.outbox.abandon(unencoded: [], lastTicket: 4)
    #expect(client.outbox.counts.droppedAtShutdown == 1)
    #expect(client.losses.all.map(\.reason) == [.shutdown])
    #expect(client.budget.reservedBytes == 0)
  }

  @Test(
    "what goes out in the place of a block that can't be read is a report that every reader takes",
    arguments: [nil, .prediction, .actual, .loss] as [EventKind?])
  func holes(kind: EventKind?) throws {
    let stream = kind.map { StreamKey(kind: $0, model: "m", version: "", environment: .shadow) }
    let report = HoleReport.block(
      LostRows(stream: stream, reason: .spoolDamaged, rows: 0, bytes: 9, times: nil), now: 5)
    // As a server checks it.
    let received = try ReceivedBlock(report.block.bytes, payloadHash: report.block.payloadHash)
    let reports = LossReports(try BlockDecoder.decode(report.block.bytes))
    #expect(received.block.stream.kind == .loss)
    let first = try #require(reports[0])
    #expect(first.reason == "spool_damaged")
    #expect(first.sum.count == 1)
    #expect(first.kind == (kind == .actual ? .actual : .prediction))
  }

  @Test("loss reports are spooled as other blocks are, and are not counted among the events")
  func reports() {
    let client = SpoolClient(disk)
    let report = HoleReport.block(LostRows(stream: nil, reason: .queueFull, rows: 5, bytes: 9, times: 1...2)).block
    client.outbox.enqueue(report, ticket: 0)
    enqueue(client, 1...2)
    let other = SpoolClient(MemorySpoolDisk(disk.files))
    var server = ModelServer()
    var now: UInt64 = 1
    #expect(other.drain(into: &server, now: &now))
    #expect(other.outbox.counts.recovered == 2)
    #expect(other.outbox.counts.recoveredAcknowledged == 2)
    #expect(server.reports.count == 1)
    #expect(client.drain(into: &server, now: &now))
    #expect(client.outbox.counts.acknowledged == 2)
    #expect(stored(server, 1...2) == [1, 1])
  }

  @Test(
    "only what is called like a spool's file is one",
    arguments: [
      "1.blocks", "x", "0000000000.blocks", "+000000001.blocks", "0000000001.blocks.old", "00000000001.blocks",
    ])
  func names(name: String) {
    #expect(SpoolNames.File(name: name) == nil)
  }

  @Test("names of files and directories come back")
  func goodNames() {
    #expect(SpoolNames.File(name: "0000000012.blocks") == .blocks(12))
    #expect(SpoolNames.File(name: "4294967295.progress") == .progress(.max))
    let producer = ProducerID(low: 0x0102, high: .max)
    #expect(SpoolNames.producer(directory: SpoolNames.directory(producer)) == producer)
    #expect(SpoolNames.producer(directory: "0201.producer") == nil)
  }
}
