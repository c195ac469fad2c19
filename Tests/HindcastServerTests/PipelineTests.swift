import GRPCCore
import HindcastFormat
import HindcastStorage
import HindcastWire
import Synchronization
import Testing

@testable import HindcastServer

/// A journal that answers when the test says so.
private final class HeldJournal: BlockJournal {
  struct Held {
    var sequence: UInt64
    var completion: @Sendable (Result<AppendResult, StorageError>) -> Void
  }

  private let held = Mutex<[Held]>([])
  let submitted: AsyncStream<UInt64>
  private let onSubmit: AsyncStream<UInt64>.Continuation

  init() { (submitted, onSubmit) = AsyncStream.makeStream() }

  func submit(
    _ block: EncodedBlock, producer: ProducerID, epoch: UInt64, sequence: UInt64,
    completion: @escaping @Sendable (Result<AppendResult, StorageError>) -> Void
  ) {
    held.withLock { $0.append(Held(sequence: sequence, completion: completion)) }
    onSubmit.yield(sequence)
  }

  /// In the order of the calls.
  var sequences: [UInt64] { held.withLock { $0.map(\.sequence) } }

  func answer(_ sequence: UInt64, _ result: Result<AppendResult, StorageError>? = nil) {
    let one = held.withLock { held in
      held.firstIndex { $0.sequence == sequence }.map { held.remove(at: $0) }
    }
    one?.completion(result ?? .success(AppendResult(position: sequence + 100, isDuplicate: false)))
  }
}

/// Counts jobs that run at once.
private final class Tally: Sendable {
  private let counts = Mutex((now: 0, most: 0, done: 0))

  func work() {
    counts.withLock {
      $0.now += 1
      $0.most = max($0.most, $0.now)
    }
    counts.withLock {
      $0.now -= 1
      $0.done += 1
    }
  }

  var done: Int { counts.withLock { $0.done } }
  var most: Int { counts.withLock { $0.most } }
}

@Suite struct PipelineTests {
  private let journal = HeldJournal()
  private let core = PipelineParts()

  private struct PipelineParts {
    let admission = Admission(byteLimit: 1 << 20)
    let intake = BlockIntake(counters: ServerCounters(), decoding: DecodeShares(ServerLimits()))
    let validation = WorkerPool(name: "test", threads: 4)
  }

  private func pipeline(blocks: Int = 64, bytes: Int = 1 << 20) -> AppendPipeline {
    var limits = ServerLimits()
    limits.streamBlocksMax = blocks
    limits.streamBytesMax = bytes
    return AppendPipeline(
      journal: journal, intake: core.intake, validation: core.validation, admission: core.admission, limits: limits,
      onStorageError: { $0.refusal(retryAfterMilliseconds: 250) })
  }

  private func submissions(_ count: Int) async -> [UInt64] {
    var sequences: [UInt64] = []
    for await sequence in journal.submitted {
      sequences.append(sequence)
      if sequences.count == count { break }
    }
    return sequences
  }

  private func answers(_ pipeline: AppendPipeline, _ count: Int) async -> [AppendResponse] {
    var answers: [AppendResponse] = []
    while answers.count < count, let next = await pipeline.nextAnswers() {
      answers += next
      pipeline.wrote()
    }
    return answers
  }

  @Test("blocks that are checked out of order are submitted and answered in order")
  func order() async throws {
    let pipeline = pipeline()
    let count = 24
    // Large and small ones in turn, so that small ones are checked before the large ones ahead of them.
    let requests = try (1...count).map {
      AppendRequest(try SampleBlocks.encoded(rows: $0 % 3 == 1 ? 3_000 : 1), sequence: UInt64($0))
    }
    for request in requests { pipeline.receive(request) }
    pipeline.end()
    let expected = (1...UInt64(count)).map { $0 }
    #expect(await submissions(count) == expected)
    for sequence in expected.reversed() { journal.answer(sequence) }
    let answers = await answers(pipeline, count)
    #expect(answers.map(\.sequence) == expected)
    #expect(answers.map(\.position) == expected.map { $0 + 100 })
    #expect(await pipeline.nextAnswers() == nil)
    #expect(core.admission.heldBytes == 0)
  }

  @Test("a bad block is answered in its turn, and those behind it are submitted without waiting for it")
  func badBlockInTurn() async throws {
    let pipeline = pipeline()
    pipeline.receive(AppendRequest(try SampleBlocks.encoded(), sequence: 1))
    pipeline.receive(AppendRequest(sequence: 2, block: [1, 2, 3]))
    pipeline.receive(AppendRequest(try SampleBlocks.encoded(), sequence: 3))
    #expect(await submissions(2) == [1, 3])
    journal.answer(3)
    journal.answer(1)
    let answers = await answers(pipeline, 3)
    #expect(answers.map(\.sequence) == [1, 2, 3])
    #expect(answers.map { $0.error == nil } == [true, false, true])
  }

  @Test("memory over the limit refuses with a time to wait, and is free again after the answers")
  func memoryLimit() async throws {
    let pipeline = pipeline()
    let block = try SampleBlocks.encoded()
    #expect(core.admission.reserve(core.admission.byteLimit - block.bytes.count))
    pipeline.receive(AppendRequest(block, sequence: 1))
    pipeline.receive(AppendRequest(block, sequence: 2))
    #expect(await submissions(1) == [1])
    journal.answer(1)
    let answers = await answers(pipeline, 2)
    let refusal = try #require(answers[1].error)
    #expect(refusal.code == .resourceExhausted && refusal.isRetryable && refusal.retryAfterMilliseconds == 250)
    #expect(core.intake.counters[.refusedMemory] == 1)
    #expect(core.admission.heldBytes == core.admission.byteLimit - block.bytes.count)
    pipeline.receive(AppendRequest(block, sequence: 3))
    #expect(await submissions(1) == [3])
    journal.answer(3)
    #expect(await self.answers(pipeline, 1).first?.error == nil)
    core.admission.release(core.admission.byteLimit - block.bytes.count)
    #expect(core.admission.heldBytes == 0)
  }

  @Test("a stream that is ahead waits for its answers to be written, in blocks and in bytes", arguments: [true, false])
  func window(byBlocks: Bool) async throws {
    let block = try SampleBlocks.encoded()
    let byteCount = block.bytes.count
    let pipeline = byBlocks ? pipeline(blocks: 2) : pipeline(bytes: byteCount * 2)
    for sequence in 1...2 {
      await pipeline.waitForRoom(byteCount: byteCount)
      pipeline.receive(AppendRequest(block, sequence: UInt64(sequence)))
    }
    let hasRoom = Mutex(false)
    let waiting = Task {
      await pipeline.waitForRoom(byteCount: byteCount)
      hasRoom.withLock { $0 = true }
    }
    #expect(await submissions(2) == [1, 2])
    try await Task.sleep(for: .milliseconds(50))
    #expect(!hasRoom.withLock { $0 })
    journal.answer(1)
    #expect(await pipeline.nextAnswers()?.count == 1)
    if byBlocks {
      try await Task.sleep(for: .milliseconds(50))
      #expect(!hasRoom.withLock { $0 }, "an answer that is not written still counts")
    }
    pipeline.wrote()
    await waiting.value
    journal.answer(2)
    #expect(await answers(pipeline, 1).count == 1)
  }

  @Test("a block larger than the window is let in alone")
  func largeBlock() async throws {
    let pipeline = pipeline(bytes: 1)
    let block = try SampleBlocks.encoded()
    await pipeline.waitForRoom(byteCount: block.bytes.count)
    pipeline.receive(AppendRequest(block, sequence: 1))
    #expect(await submissions(1) == [1])
    journal.answer(1)
    #expect(await answers(pipeline, 1).count == 1)
  }

  @Test("what storage says becomes a refusal that tells what to do")
  func storageErrors() async throws {
    let pipeline = pipeline()
    let cases: [(StorageError.Code, Int, Bool)] = [
      (.journalFailed, 14, true), (.closed, 14, true), (.diskFull, 8, true), (.overloaded, 8, true),
      (.invalid, 3, false),
      (.staleEpoch, 9, false), (.sequenceGap(expected: 5), 9, true),
    ]
    for index in cases.indices {
      pipeline.receive(AppendRequest(try SampleBlocks.encoded(), sequence: UInt64(index + 1)))
    }
    _ = await submissions(cases.count)
    for (index, each) in cases.enumerated() {
      journal.answer(UInt64(index + 1), .failure(StorageError(each.0, "the reason")))
    }
    let answers = await answers(pipeline, cases.count)
    for (answer, each) in zip(answers, cases) {
      let refusal = try #require(answer.error)
      #expect(refusal.code.rawValue == each.1 && refusal.isRetryable == each.2 && refusal.message == "the reason")
    }
    #expect(answers.last?.error?.expectedSequence == 5)
    #expect(core.admission.heldBytes == 0)
  }

  @Test("a pool runs every job, at most as many at once as it has threads, and one thread runs them in order")
  func workerPool() async throws {
    let pool = WorkerPool(name: "test", threads: 3)
    let tally = Tally()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<500 { group.addTask { await pool.run { tally.work() } } }
    }
    #expect(tally.done == 500)
    #expect(tally.most <= 3)
    let single = WorkerPool(name: "single", threads: 1)
    let order = Mutex<[Int]>([])
    for number in 0..<500 { single.submit { order.withLock { $0.append(number) } } }
    await single.run {}
    #expect(order.withLock { $0 } == Array(0..<500))
  }
}
