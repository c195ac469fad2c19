import HindcastFormat
import HindcastReplay
import Testing

/// Remembers what a replay asks of a sink.
private struct NotingSink: ReplaySink {
  var checkpoint0: UInt64 = 0
  var ids: [String] = []
  var committedIDs: [String] = []
  var commits: [UInt64] = []

  mutating func checkpoint() throws -> UInt64 { checkpoint0 }
  mutating func write(_ rows: ReplayRows) throws {
    guard case .strings(let texts)? = rows.block.ids?.values else { return }
    ids += (0..<rows.block.rowCount).map { "\(texts.string($0))@\(rows.positions[$0])" }
  }
  mutating func commit(upTo position: UInt64) throws {
    commits.append(position)
    committedIDs = ids
  }
  mutating func close() throws {}
}

@Suite("Bringing events from a source into a sink")
struct ReplayRunTests {
  private var sink = NotingSink()

  private mutating func run(
    _ items: [StoredItem], commitRows: Int = 1, _ change: (inout ReadQuery) -> Void = { _ in }
  ) async throws -> ReplayReport {
    var query = ReadQuery()
    change(&query)
    return try await Replay.run(source: HeldItems(items), sink: &sink, query: query, commitRows: commitRows)
  }

  @Test("a commit waits for enough rows, and the end commits the rest")
  mutating func commits() async throws {
    let blocks = [3, 1, 1, 4].map { count in TestEvents.predictions((0..<count).map { "\($0)" }) }
    let report = try await run(try TestEvents.journal(blocks), commitRows: 4)
    #expect(sink.commits == [2, 4])
    #expect(report.commits == 2 && report.rowCount == 9 && report.blocks == 4 && report.toCheckpoint == 4)
  }

  @Test("rows behind the last complete position are not committed, and the source is blamed")
  mutating func unfinished() async throws {
    let items = try TestEvents.journal([TestEvents.predictions(["a"])])
    let error = await #expect(throws: ReplayError.self) {
      try await run(items + [try TestEvents.stored(TestEvents.predictions(["b"]), at: 2)])
    }
    #expect(error?.code == .damagedSource)
    #expect(sink.committedIDs == ["a@1"])
  }

  @Test("a position that was reached without a row is committed too")
  mutating func noRows() async throws {
    _ = try await run([.reached(7)])
    #expect(sink.commits == [7])
    sink.checkpoint0 = 7
    #expect(try await run([.reached(7)]).commits == 0)
  }

  @Test("a source that is further than the query's end does not move the checkpoint past it")
  mutating func end() async throws {
    let items = try TestEvents.journal(["a", "b", "c"].map { TestEvents.predictions([$0]) })
    let report = try await run(items) { $0.toPosition = 3 }
    #expect(sink.ids == ["a@1", "b@2"])
    #expect(report.toCheckpoint == 2)
  }

  @Test("rows that come again in an archive, below what was reached, are left out")
  mutating func overtaken() async throws {
    let archived = try TestEvents.archived(TestEvents.predictions(["a", "b", "c"]), positions: [1, 2, 2])
    let report = try await run(try TestEvents.journal([TestEvents.predictions(["a"])]) + [archived, .reached(2)])
    #expect(sink.committedIDs == ["a@1", "b@2", "c@2"])
    #expect(report.rowCount == 3 && report.skippedRows == 1)
  }

  @Test("gaps are counted and kept up to a limit")
  mutating func gaps() async throws {
    let gap = StoredItem.gap(ReadGap(positions: 2...3, reason: "damaged"))
    let report = try await run(Array(repeating: gap, count: 1_001) + [.reached(3)])
    #expect(report.gapCount == 1_001)
    #expect(report.gaps.count == ReplayReport.gapsKept)
    #expect(report.gaps.first == ReadGap(positions: 2...3, reason: "damaged"))
    #expect(report.trimmedCount == 0 && report.trimmed.isEmpty)
  }

  @Test("what was trimmed is told apart from damage, and rows behind it are delivered and committed")
  mutating func trimmed() async throws {
    let damaged = ReadGap(positions: 2...2, reason: "damaged")
    let trimmed = ReadGap(positions: 1...40, reason: "gone", kind: .trimmed, model: "m", times: 0...9)
    let block = try TestEvents.stored(TestEvents.predictions(["a"]), at: 41)
    sink.checkpoint0 = 20
    let report = try await run([.gap(trimmed), .gap(damaged), .reached(40), block, .reached(41), .gap(trimmed)])
    #expect(report.gaps == [damaged] && report.gapCount == 1)
    #expect(report.trimmed == [trimmed, trimmed] && report.trimmedCount == 2)
    #expect(sink.committedIDs == ["a@41"] && report.fromCheckpoint == 20 && report.toCheckpoint == 41)
  }

  @Test("whoever follows the checkpoint is told it before the source is opened, and behind each commit")
  mutating func checkpoints() async throws {
    sink.checkpoint0 = 1
    let items = try TestEvents.journal(["a", "b", "c"].map { TestEvents.predictions([$0]) })
    var told: [UInt64] = []
    var isOpen = false
    _ = try await Replay.run(
      query: ReadQuery(), sink: &sink, commitRows: 1,
      checkpointed: { position in
        #expect(isOpen != told.isEmpty)
        told.append(position)
      }
    ) { _ in
      isOpen = true
      return HeldItems(items)
    }
    #expect(told == [1, 2, 3] && sink.commits == [2, 3])
    // A promise that cannot be noted ends the replay; what was committed stays.
    struct Refused: Error {}
    await #expect(throws: Refused.self) {
      _ = try await Replay.run(
        source: HeldItems(items), sink: &sink, query: ReadQuery(), commitRows: 1,
        checkpointed: { if $0 == 2 { throw Refused() } })
    }
    #expect(sink.commits == [2, 3, 2])
  }

  @Test("rows outside the times are left out, and counted as skipped")
  mutating func times() async throws {
    let report = try await run(try TestEvents.journal([TestEvents.predictions(["a", "b", "c"])])) {
      $0.times = TestEvents.start + 1_000_000..<TestEvents.start + 2_000_000
    }
    #expect(sink.ids == ["b@1"])
    #expect(report.skippedRows == 2)
  }

  @Test("the source is asked only for what the sink lacks")
  mutating func narrowed() async throws {
    sink.checkpoint0 = 41
    var asked: ReadQuery?
    _ = try await Replay.run(query: ReadQuery(), sink: &sink) { query in
      asked = query
      return HeldItems([])
    }
    #expect(asked?.fromPosition == 42)
  }

  @Test("a block whose rows' positions cannot be right is refused")
  mutating func positions() async throws {
    guard case .block(var stored) = try TestEvents.archived(TestEvents.predictions(["a", "b"]), positions: [4, 6])
    else {
      return
    }
    stored.lastPosition = 5
    let error = await #expect(throws: ReplayError.self) { try await run([.block(stored), .reached(6)]) }
    #expect(error?.code == .damagedSource && error?.message.contains("4 to 5") == true)
    guard case .block(var unplaced) = try TestEvents.stored(TestEvents.predictions(["a"]), at: 4) else { return }
    unplaced.lastPosition = 5
    await #expect(throws: ReplayError.self) { try await run([.block(unplaced), .reached(5)]) }
    #expect(sink.ids.isEmpty)
  }
}
