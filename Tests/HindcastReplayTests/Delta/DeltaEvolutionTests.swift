import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("Delta tables whose columns change")
struct DeltaEvolutionTests {
  private let folder: TemporaryFolder
  private let replay: DeltaReplay

  init() throws {
    folder = try TemporaryFolder()
    replay = DeltaReplay(folder)
  }

  @Test("a new column joins the schema with its first rows, and is null in the older ones")
  func newColumn() async throws {
    let first = TestEvents.predictions(["a"])
    try await replay.run(try TestEvents.journal([first]))
    let before = try #require(try replay.table("predictions").metadata)
    let later = TestEvents.predictions(["b"], extra: [TestEvents.column("country", .feature, ["FR"] as [String?])])
    try await replay.run(try TestEvents.journal([first, later]))
    let table = try replay.table("predictions")
    #expect(table.columnNames.last == "feature_country")
    #expect(try table.column("feature_country") == [.null, .text("FR")])
    #expect(try table.column("feature_amount") == [.number(0.0), .number(0.0)])
    #expect(table.metadata?["id"] == before["id"], "it is still the same table")
    #expect(table.metadata?["configuration"] == before["configuration"])
  }

  @Test("a column may come in the middle of a data file")
  func withinFile() async throws {
    var replay = replay
    replay.commitRows = 1_000
    let later = TestEvents.predictions(["b"], extra: [TestEvents.column("n", .feature, [7] as [Int64?])])
    try await replay.run(
      try TestEvents.journal([TestEvents.predictions(["a"]), later, TestEvents.predictions(["c"])]))
    let table = try replay.table("predictions")
    #expect(table.adds.count == 1)
    #expect(try table.column("feature_n") == [.null, .integer(7), .null])
  }

  @Test("a column that comes after a row group is written begins a new data file")
  func behindRowGroup() async throws {
    var replay = replay
    replay.commitRows = .max
    let ids = (0..<32_768).map { "\($0)" }
    var blocks = Array(repeating: TestEvents.predictions(ids), count: 4)
    blocks.append(TestEvents.predictions(["z"], extra: [TestEvents.column("n", .feature, [7] as [Int64?])]))
    try await replay.run(try TestEvents.journal(blocks))
    let table = try replay.table("predictions")
    #expect(table.versions.count == 1)
    #expect(table.adds.count == 2)
    #expect(try table.column("feature_n").count == 131_073)
    #expect(try table.column("feature_n").suffix(2) == [.null, .integer(7)])
  }

  @Test("a column of another type than before gets a column of its own")
  func retyped() async throws {
    let texts = TestEvents.block(
      .prediction, ["b"], [TestEvents.column("amount", .feature, ["twelve"] as [String?])])
    try await replay.run(try TestEvents.journal([TestEvents.predictions(["a"], amounts: [1.5]), texts]))
    let table = try replay.table("predictions")
    #expect(try table.column("feature_amount") == [.number(1.5), .null])
    #expect(try table.column("feature_amount_string") == [.null, .text("twelve")])
  }

  @Test("columns that differ in their case alone are both kept")
  func upperCase() async throws {
    let block = TestEvents.predictions(["a"], extra: [TestEvents.column("Amount", .feature, [9.5] as [Double?])])
    try await replay.run(try TestEvents.journal([block]))
    let table = try replay.table("predictions")
    let other = try #require(table.columnNames.first { $0.hasPrefix("feature_Amount_") })
    #expect(try table.column(other) == [.number(9.5)])
    #expect(try table.column("feature_amount") == [.number(0.0)])
  }

  @Test("a table has what was chosen, and id and time")
  func choice() async throws {
    var replay = replay
    replay.choice = .named(["feature:n"])
    let block = TestEvents.predictions(["a"], extra: [TestEvents.column("n", .feature, [7] as [Int64?])])
    try await replay.run(try TestEvents.journal([block]))
    #expect(
      try replay.table("predictions").columnNames
        == ["id", "time", "model", "version", "environment", "position", "feature_n"])
  }
}
