import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("Places that a Delta replay refuses")
struct DeltaRefusalTests {
  private let folder: TemporaryFolder
  private let replay: DeltaReplay

  init() throws {
    folder = try TemporaryFolder()
    replay = DeltaReplay(folder)
  }

  private func journal() throws -> [StoredItem] { try TestEvents.journal([TestEvents.predictions(["a"])]) }

  /// Runs a replay that must be refused and must touch nothing.
  private func refuse(
    _ replay: DeltaReplay, _ code: ReplayError.Code, naming words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let before = try folder.contents()
    let error = await #expect(throws: ReplayError.self, sourceLocation: sourceLocation) {
      try await replay.run(try journal())
    }
    #expect(error?.code == code, sourceLocation: sourceLocation)
    for word in words {
      #expect(error?.message.contains(word) == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
    }
    #expect(try folder.contents() == before, "something was touched", sourceLocation: sourceLocation)
  }

  @Test("a folder with other things in it")
  func otherThings() async throws {
    try folder.write("table/holiday.jpg", "a picture")
    try await refuse(replay, .notOurs, naming: "holiday.jpg")
  }

  @Test("a file")
  func file() async throws {
    try folder.write("table", "text")
    try await refuse(replay, .notOurs, naming: "table")
  }

  @Test("a folder that is itself a Delta table")
  func tableItself() async throws {
    try folder.write("table/_delta_log/00000000000000000000.json", "{}")
    try await refuse(replay, .notOurs)
  }

  @Test("a folder whose predictions are somebody else's", arguments: ["notes.txt", "part-0.parquet"])
  func otherPredictions(name: String) async throws {
    try folder.write("table/predictions/\(name)", "mine")
    try await refuse(replay, .notOurs, naming: "predictions", name)
  }

  @Test("a folder whose predictions are another tool's table", arguments: ["predictions", "actuals"])
  func otherTable(name: String) async throws {
    let log = """
      {"protocol":{"minReaderVersion":1,"minWriterVersion":2}}
      {"metaData":{"id":"x","format":{"provider":"parquet"},"schemaString":"{}","partitionColumns":[],"configuration":{}}}
      """
    try folder.write("table/\(name)/_delta_log/00000000000000000000.json", log)
    try folder.write("table/\(name)/hindcast-x.parquet", "not in the log, and nobody's leftover")
    try await refuse(replay, .notOurs, naming: name)
  }

  @Test("a table that another selection filled, which is told with its own")
  func otherSelection() async throws {
    try await replay.run(try journal())
    try await refuse(DeltaReplay(folder, model: "m"), .notOurs, naming: #""model":"m""#, #""model":"*""#)
    var narrower = replay
    narrower.choice = .named(["amount"])
    try await refuse(narrower, .notOurs, naming: "amount")
    var times = replay
    times.query.times = 0..<5
    try await refuse(times, .notOurs)
  }

  @Test("another end of the same selection is no other selection")
  func otherEnd() async throws {
    var bounded = replay
    bounded.query.toPosition = 1
    try await bounded.run(try journal())
    #expect(try await replay.run(try journal()).rowCount == 1)
  }

  @Test("a table that was filled from another log")
  func otherLog() async throws {
    var one = replay
    one.log = "aa11"
    try await one.run(try journal())
    var other = replay
    other.log = "bb22"
    try await refuse(other, .notOurs, naming: "aa11", "bb22")
    #expect(try await replay.run(try journal()).rowCount == 0, "a source that does not know its log is let in")
  }

  @Test("a folder that another replay is filling")
  func busy() async throws {
    let sink = DeltaSink(directory: replay.directory)
    try sink.begin(ReplaySelection(query: ReadQuery()))
    try await refuse(replay, .busy, naming: "table")
    try sink.close()
    #expect(try await replay.run(try journal()).rowCount == 1)
  }

  @Test("only kinds that have a table are asked for")
  func kinds() async throws {
    var erasures = replay
    erasures.query.kinds = [.erasure]
    let error = await #expect(throws: ReplayError.self) { try await erasures.run([]) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("erasure") == true)
  }
}
