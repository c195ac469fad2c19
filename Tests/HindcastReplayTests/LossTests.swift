import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("Losses in the places that a replay fills")
struct LossTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("a Delta table of losses stands once there are any, without ids, and each report is in it once")
  func delta() async throws {
    let replay = DeltaReplay(folder, model: "m")
    let predictions = TestEvents.predictions(["a"])
    try await replay.run(try TestEvents.journal([predictions]))
    #expect(try replay.table("losses").metadata == nil)
    let journal = [
      predictions, TestEvents.losses([5, 5]), TestEvents.losses([7], reason: "sampled_out"), TestEvents.losses([5, 5]),
    ]
    for _ in 0..<2 { try await replay.run(try TestEvents.journal(journal)) }
    let table = try replay.table("losses")
    #expect(
      table.columnNames == [
        "time", "model", "version", "environment", "position", "reason", "lost_kind", "count", "first_time",
      ])
    #expect(try table.column("count") == [5, 5, 7, 5, 5].map { .integer($0) })
    #expect(try table.column("position") == [2, 2, 3, 4, 4].map { .integer($0) })
    #expect(try table.texts("reason") == ["queue_full", "queue_full", "sampled_out", "queue_full", "queue_full"])
    #expect(try replay.table("predictions").texts("id") == ["a"])
  }

  @Test("a replay goes on in the archive where it was in the journal: no report is lost, none is there twice")
  func compactedBetween() async throws {
    let replay = DeltaReplay(folder, model: "m")
    try await replay.run(try TestEvents.journal([TestEvents.losses([1]), TestEvents.losses([2])]))
    let archive = [
      try TestEvents.archived(TestEvents.losses([1, 2, 2]), positions: [1, 2, 3]), .reached(3),
    ]
    let report = try await replay.run(archive)
    #expect(report.rows == [.loss: 1])
    #expect(try replay.table("losses").column("count") == [1, 2, 2].map { .integer($0) })
  }

  @Test("a replay of losses alone fills their table")
  func lossesOnly() async throws {
    var replay = DeltaReplay(folder, model: "m")
    replay.query.kinds = [.loss]
    try await replay.run(try TestEvents.journal([TestEvents.predictions(["a"]), TestEvents.losses([3])]))
    #expect(try replay.table("losses").column("count") == [.integer(3)])
    #expect(try replay.table("predictions").metadata == nil)
  }

  @Test("in JSON lines a loss has its time and its system columns, and no id")
  func jsonLines() async throws {
    var sink = JSONLinesSink("\(folder.path)/out.jsonl")
    let items = try TestEvents.journal([TestEvents.losses([3])])
    _ = try await Replay.run(source: HeldItems(items), sink: &sink, query: ReadQuery())
    try sink.close()
    #expect(
      try folder.read("out.jsonl") == """
        {"kind":"loss","model":"m","version":"1","environment":"production","position":1,\
        "time":"2026-09-21T14:13:20.000000Z","system":{"reason":"queue_full","lost_kind":"prediction","count":3,\
        "first_time":"2026-09-21T14:13:20.000000Z"}}

        """)
  }
}
