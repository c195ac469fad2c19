import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("Interrupted replays into Delta tables")
struct DeltaResumeTests {
  private let folder: TemporaryFolder
  private let replay: DeltaReplay

  init() throws {
    folder = try TemporaryFolder()
    replay = DeltaReplay(folder)
  }

  @Test("a replay goes on behind the last commit")
  func resume() async throws {
    let items = try TestEvents.journal((0..<4).map { TestEvents.predictions(["p\($0)"]) })
    await #expect(throws: HeldItems.BrokeOff.self) { try await replay.run(items, itemsMax: 5) }
    #expect(try replay.table("predictions").texts("id") == ["p0", "p1"])
    let report = try await replay.run(items)
    #expect(report.fromCheckpoint == 2 && report.toCheckpoint == 4 && report.rowCount == 2)
    #expect(try replay.table("predictions").texts("id") == ["p0", "p1", "p2", "p3"])
  }

  @Test("the rest of a journal that compaction has moved into an archive comes by its rows' positions")
  func archive() async throws {
    try await replay.run(try TestEvents.journal([TestEvents.predictions(["a"]), TestEvents.predictions(["b"])]))
    let all = TestEvents.predictions(["a", "c", "b", "d"])
    let report = try await replay.run(
      [try TestEvents.archived(all, positions: [1, 3, 2, 4]), .reached(4)])
    #expect(report.skippedRows == 2)
    #expect(try replay.table("predictions").texts("id") == ["a", "b", "c", "d"])
    #expect(try replay.table("predictions").column("position").suffix(2) == [.integer(3), .integer(4)])
  }

  @Test("a data file that never came to its commit is not in the table, and the next replay removes it")
  func leftoverFile() async throws {
    let items = try TestEvents.journal([TestEvents.predictions(["a"]), TestEvents.predictions(["b"])])
    try await replay.run(Array(items.prefix(2)))
    // What a process leaves that is killed between a data file and its commit.
    try folder.write("table/predictions/hindcast-left.parquet", "half a file")
    try folder.write("table/predictions/_delta_log/.hindcast-left.tmp", "{\"txn\"")
    #expect(try replay.table("predictions").texts("id") == ["a"])
    try await replay.run(items)
    #expect(try replay.table("predictions").texts("id") == ["a", "b"])
    #expect(!folder.exists("table/predictions/hindcast-left.parquet"))
    #expect(!folder.exists("table/predictions/_delta_log/.hindcast-left.tmp"))
  }

  @Test("files of other names in a table are left where they are")
  func foreignFiles() async throws {
    let items = try TestEvents.journal([TestEvents.predictions(["a"])])
    try await replay.run(items)
    try folder.write("table/predictions/part-0.parquet", "of another writer")
    try folder.write("table/notes.txt", "mine")
    try await replay.run(items)
    #expect(folder.exists("table/predictions/part-0.parquet") && folder.exists("table/notes.txt"))
  }

  @Test("a replay that died between two tables' commits adds only what the one behind lacks")
  func betweenTables() async throws {
    let items = try TestEvents.journal([
      TestEvents.predictions(["a"]), TestEvents.actuals(["a"]), TestEvents.predictions(["b"]),
      TestEvents.actuals(["b"]),
    ])
    try await replay.run(items)
    // The actuals' last two versions never happened.
    try folder.remove("table/actuals/_delta_log/00000000000000000003.json")
    try folder.remove("table/actuals/_delta_log/00000000000000000002.json")
    #expect(try replay.table("actuals").texts("id") == ["a"])
    let report = try await replay.run(items)
    #expect(report.fromCheckpoint == 2)
    #expect(try replay.table("predictions").texts("id") == ["a", "b"])
    #expect(try replay.table("actuals").texts("id") == ["a", "b"])
  }

  @Test("a kind whose first commit failed twice over still gets every row")
  func laterKind() async throws {
    var attribution = TestEvents.block(.attribution, ["a"], [TestEvents.column("w", .feature, [1.5] as [Double?])])
    attribution.columns.removeAll { $0.schema.role == .time }
    let items = try TestEvents.journal([TestEvents.predictions(["a"]), attribution])
    try await replay.run(items)
    // Killed before the attributions' first version, the others being further; then killed again before any data file.
    try folder.remove("table/attributions")
    try folder.makeFolder("table/attributions")
    try await replay.run(items)
    #expect(try replay.table("attributions").texts("id") == ["a"])
    #expect(try replay.table("predictions").texts("id") == ["a"])
  }

  @Test("however often and wherever a replay breaks off, each row comes once", arguments: 0..<12 as Range<UInt64>)
  func interruptions(seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    var blocks: [Block] = []
    for number in 0..<20 {
      let ids = (0..<Int.random(in: 1...3, using: &generator)).map { "\(number)-\($0)" }
      blocks.append(generator.chance(0.6) ? TestEvents.predictions(ids) : TestEvents.actuals(ids))
    }
    let journal = try TestEvents.journal(blocks)
    for attempt in 0..<1_000 {
      var attempted = replay
      attempted.commitRows = Int.random(in: 1...10, using: &generator)
      let checkpoint = attempt == 0 ? 0 : try replay.table("predictions").transactions.last?["version"]?.integer ?? 0
      // Compaction may have happened in between: then there is no `reached` before the end of the archive.
      let items =
        generator.chance(0.3) ? journal.filter { if case .reached(let at) = $0 { at == 20 } else { true } } : journal
      do {
        try await attempted.run(items, itemsMax: Int(checkpoint) * 2 + Int.random(in: 0...14, using: &generator))
        break
      } catch is HeldItems.BrokeOff { continue }
    }
    for (kind, name) in [(EventKind.prediction, "predictions"), (.actual, "actuals")] {
      let expected = blocks.filter { $0.stream.kind == kind }
        .flatMap { block in (0..<block.rowCount).map { block.ids!.values.text($0) } }
      #expect(try replay.table(name).texts("id") == expected, "seed \(seed)")
    }
  }
}

extension ColumnValues {
  fileprivate func text(_ row: Int) -> String {
    if case .strings(let strings) = self { strings.string(row) } else { "" }
  }
}
