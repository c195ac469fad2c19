import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("The log of a Delta table")
struct DeltaLogTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func version(_ number: Int) -> String {
    let digits = "\(number)"
    return "_delta_log/" + String(repeating: "0", count: 20 - digits.count) + digits + ".json"
  }

  private func refused(_ code: ReplayError.Code, naming words: String...) {
    let error = #expect(throws: ReplayError.self) { try DeltaLog(folder.path) }
    #expect(error?.code == code)
    for word in words { #expect(error?.message.contains(word) == true, "\(error?.message ?? "")") }
  }

  @Test("a folder without a log is an empty log")
  func empty() throws {
    let log = try DeltaLog(folder.path)
    #expect(log.version == -1 && log.metadata == nil && log.files.isEmpty)
  }

  @Test("the latest metadata and transactions count, and files that were removed are still known")
  func replayed() throws {
    try folder.write(
      version(0),
      """
      {"metaData":{"id":"first"}}
      {"txn":{"appId":"x","version":3}}
      {"add":{"path":"a.parquet"}}

      """)
    try folder.write(
      version(1),
      """
      {"metaData":{"id":"second"}}
      {"txn":{"appId":"x","version":5}}
      {"txn":{"appId":"y","version":1}}
      {"remove":{"path":"a.parquet"}}
      {"somethingNew":{"x":1}}
      """)
    let log = try DeltaLog(folder.path)
    #expect(log.version == 1)
    #expect(log.metadata?["id"]?.string == "second")
    #expect(log.transactions == ["x": 5, "y": 1])
    #expect(log.files == ["a.parquet"])
  }

  @Test("commits are numbered in twenty digits and leave no temporary file")
  func commit() throws {
    var log = try DeltaLog(folder.path)
    for number in 0..<3 { try log.commit([.object([("txn", .object([("n", .integer(Int64(number)))]))])]) }
    #expect(log.version == 2)
    #expect(
      try folder.names("_delta_log") == (0..<3).map { String(version($0).dropFirst("_delta_log/".count)) })
    #expect(try folder.read(version(1)) == "{\"txn\":{\"n\":1}}\n")
  }

  @Test("a version that another writer wrote first is not written over")
  func otherWriter() throws {
    var log = try DeltaLog(folder.path)
    try folder.write(version(0), "{}\n")
    let error = #expect(throws: ReplayError.self) { try log.commit([.object([("x", .null)])]) }
    #expect(error?.code == .busy)
    #expect(error?.message.contains(version(0)) == true)
    #expect(log.version == -1)
    #expect(try folder.contents().filter { $0.key.hasSuffix("json") } == [version(0): Array("{}\n".utf8)])
    #expect(try folder.names("_delta_log").count == 1, "the temporary file is gone")
  }

  @Test(
    "a damaged version is an error that names the file and the line",
    arguments: ["{\"txn\":{}}\n{\"add\":", "{}\n\u{0}", "{}\nnonsense", "{}\n{\"a\":1}}"])
  func damaged(text: String) throws {
    try folder.write(version(0), "{}")
    try folder.write(version(1), text)
    refused(.damagedSink, naming: "\(folder.path)/\(version(1))", "line 2")
  }

  @Test("a log whose beginning or middle is missing is refused by the name of what it lacks")
  func incomplete() throws {
    try folder.write(version(1), "{}")
    refused(.unsupported, naming: "00000000000000000000.json")
    try folder.write(version(0), "{}")
    try folder.write(version(3), "{}")
    refused(.unsupported, naming: "00000000000000000002.json")
  }

  @Test("a log of which only another tool's checkpoint is left is refused")
  func checkpointOnly() throws {
    try folder.write("_delta_log/00000000000000000007.checkpoint.parquet", "PAR1")
    refused(.unsupported, naming: "00000000000000000000.json")
  }

  @Test("checkpoints beside a whole log are passed over")
  func checkpointBeside() throws {
    try folder.write(version(0), "{\"metaData\":{\"id\":\"x\"}}")
    try folder.write("_delta_log/00000000000000000000.checkpoint.parquet", "PAR1")
    try folder.write("_delta_log/_last_checkpoint", "{\"version\":0}")
    try folder.write("_delta_log/00000000000000000000.crc", "{}")
    #expect(try DeltaLog(folder.path).version == 0)
  }

  @Test("a table that was raised to a newer protocol is refused", arguments: [(2, 2), (1, 3), (3, 7)])
  func newerProtocol(reader: Int, writer: Int) throws {
    try folder.write(version(0), #"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}"#)
    #expect(try DeltaLog(folder.path).version == 0)
    try folder.write(
      version(1), "{\"protocol\":{\"minReaderVersion\":\(reader),\"minWriterVersion\":\(writer)}}")
    refused(.unsupported, naming: folder.path)
  }

  @Test("a damaged log stops a replay, which leaves it as it is")
  func throughSink() async throws {
    let replay = DeltaReplay(folder)
    try await replay.run(try TestEvents.journal([TestEvents.predictions(["a"])]))
    try folder.write("table/actuals/" + version(0), "{\"metaData\":")
    let before = try folder.contents()
    let error = await #expect(throws: ReplayError.self) { try await replay.run([.reached(9)]) }
    #expect(error?.code == .damagedSink)
    #expect(error?.message.contains("actuals/" + version(0)) == true)
    #expect(try folder.contents() == before)
  }
}
