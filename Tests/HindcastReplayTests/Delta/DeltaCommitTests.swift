import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("What a replay commits to a Delta table")
struct DeltaCommitTests {
  private let folder: TemporaryFolder
  private let replay: DeltaReplay

  init() throws {
    folder = try TemporaryFolder()
    replay = DeltaReplay(folder)
  }

  @Test("the first version has the protocol, the schema, the checkpoint and the files, one action a line")
  func firstVersion() async throws {
    try await replay.run(try TestEvents.journal([TestEvents.predictions(["a", "b"])]))
    let table = try replay.table("predictions")
    #expect(try folder.names("table/predictions/_delta_log") == ["00000000000000000000.json"])
    let names = table.versions[0].map { action -> [String] in
      if case .object(let members) = action { members.map(\.name) } else { [] }
    }
    #expect(names == [["commitInfo"], ["protocol"], ["metaData"], ["txn"], ["add"]])
    #expect(table.versions[0][1].text == #"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}"#)
    #expect(table.transactions[0]["appId"]?.string == "hindcast-replay:*")
    #expect(table.transactions[0]["version"]?.integer == 1)
    #expect(table.metadata?["partitionColumns"] == .array([]))
    #expect(table.metadata?["format"]?["provider"]?.string == "parquet")
  }

  @Test("the file in the log has the size, the rows and the bounds of what it holds")
  func add() async throws {
    let block = TestEvents.predictions(["b", "a"], amounts: [2.5, nil])
    try await replay.run(try TestEvents.journal([block]))
    let add = try #require(try replay.table("predictions").adds.first)
    #expect(add["dataChange"]?.boolean == true)
    let statistics = try JSONParser.parse((add["stats"]?.string ?? "").utf8, source: "stats")
    #expect(statistics["numRecords"]?.integer == 2)
    #expect(statistics["minValues"]?["id"]?.string == "a" && statistics["maxValues"]?["id"]?.string == "b")
    #expect(statistics["minValues"]?["feature_amount"] == .number(2.5))
    #expect(statistics["nullCount"]?["feature_amount"]?.integer == 1)
    #expect(statistics["nullCount"]?["id"]?.integer == 0)
    #expect(statistics["minValues"]?["time"]?.string == TimestampText.format(TestEvents.start))
    #expect(statistics["maxValues"]?["position"]?.integer == 1)
  }

  @Test("no bound is given that JSON cannot hold")
  func unboundable() async throws {
    let columns = [
      TestEvents.column("inf", .feature, [-.infinity, .infinity] as [Double?]),
      TestEvents.column("nan", .feature, [.nan, 1] as [Double?]),
      TestEvents.column("half", .feature, [1, .infinity] as [Double?]),
    ]
    try await replay.run(try TestEvents.journal([TestEvents.block(.prediction, ["a", "b"], columns)]))
    let text = try replay.table("predictions").adds.first?["stats"]?.string ?? ""
    let statistics = try JSONParser.parse(text.utf8, source: "stats")
    for name in ["feature_inf", "feature_nan"] {
      #expect(statistics["minValues"]?[name] == nil && statistics["maxValues"]?[name] == nil)
      #expect(statistics["nullCount"]?[name]?.integer == 0)
    }
    #expect(statistics["minValues"]?["feature_half"] == .number(1))
    #expect(statistics["maxValues"]?["feature_half"] == nil)
  }

  @Test("every commit is a version, with the position it is complete up to")
  func versions() async throws {
    let report = try await replay.run(
      try TestEvents.journal((0..<3).map { TestEvents.predictions(["p\($0)"]) }))
    #expect(report.commits == 3)
    let table = try replay.table("predictions")
    #expect(table.transactions.compactMap { $0["version"]?.integer } == [1, 2, 3])
    #expect(table.versions.map { $0.contains { $0["metaData"] != nil } } == [true, false, false])
    #expect(try table.texts("id") == ["p0", "p1", "p2"])
    #expect(try table.column("position") == [.integer(1), .integer(2), .integer(3)])
  }

  @Test("predictions and actuals have tables of their own, and both stand even without rows")
  func tables() async throws {
    try await replay.run(
      try TestEvents.journal([TestEvents.predictions(["a"]), TestEvents.actuals(["a"], labels: [nil])]))
    #expect(try replay.table("predictions").texts("id") == ["a"])
    #expect(try replay.table("actuals").texts("id") == ["a"])
    #expect(try replay.table("actuals").column("actual_label") == [.null])
    #expect(try folder.names("table") == [".hindcast-replay.lock", "actuals", "predictions"])

    let empty = DeltaReplay(try TemporaryFolder())
    try await empty.run([.reached(4)])
    for name in ["predictions", "actuals"] {
      #expect(try empty.table(name).transactions.last?["version"]?.integer == 4)
      #expect(try empty.table(name).columnNames.starts(with: ["id", "time"]))
    }
  }

  @Test("every row has the model, version and environment of its block")
  func stream() async throws {
    var other = TestEvents.predictions(["b"])
    other.stream.version = "2"
    other.stream.environment = .shadow
    try await replay.run(try TestEvents.journal([TestEvents.predictions(["a"]), other]))
    let table = try replay.table("predictions")
    #expect(try table.texts("model") == ["m", "m"])
    #expect(try table.texts("version") == ["1", "2"])
    #expect(try table.texts("environment") == ["production", "shadow"])
  }

  @Test("a second replay adds no row and no version")
  func second() async throws {
    let items = try TestEvents.journal([TestEvents.predictions(["a"]), TestEvents.actuals(["a"])])
    try await replay.run(items)
    let before = try folder.contents()
    let report = try await replay.run(items)
    #expect(report.rowCount == 0 && report.commits == 0 && report.fromCheckpoint == 2)
    #expect(try folder.contents() == before)
  }
}
