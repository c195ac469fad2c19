import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("Replays into a file of JSON lines")
struct JSONLinesSinkTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var path: String { "\(folder.path)/out.jsonl" }

  @discardableResult
  private func replay(
    _ items: [StoredItem], itemsMax: Int = .max, model: String? = nil, log: String? = nil
  ) async throws -> ReplayReport {
    var query = ReadQuery()
    query.model = model
    var sink = JSONLinesSink(path)
    let report = try await Replay.run(
      source: HeldItems(items, itemsMax: itemsMax), sink: &sink, query: query, log: log, commitRows: 1)
    try sink.close()
    return report
  }

  private func ids() throws -> [String] {
    try folder.read("out.jsonl").split(separator: "\n").map {
      try JSONParser.parse($0.utf8, source: "line")["id"]?.string ?? "?"
    }
  }

  private func journal(_ count: Int) throws -> [StoredItem] {
    try TestEvents.journal((0..<count).map { TestEvents.predictions(["p\($0)"]) })
  }

  private func refused(
    _ code: ReplayError.Code, naming words: String..., model: String? = nil, log: String? = nil
  ) async throws {
    let before = try folder.contents()
    let error = await #expect(throws: ReplayError.self) { try await replay(try journal(2), model: model, log: log) }
    #expect(error?.code == code)
    for word in words { #expect(error?.message.contains(word) == true, "\(error?.message ?? "")") }
    #expect(try folder.contents() == before)
  }

  @Test("a replay goes on behind the last commit, and cuts off what was not committed")
  func resume() async throws {
    let items = try journal(4)
    await #expect(throws: HeldItems.BrokeOff.self) { try await replay(items, itemsMax: 5) }
    let committed = try folder.read("out.jsonl")
    try folder.write("out.jsonl", committed + "{\"id\":\"uncommit")
    let report = try await replay(items)
    #expect(report.fromCheckpoint == 2 && report.rowCount == 2)
    #expect(try ids() == ["p0", "p1", "p2", "p3"])
  }

  @Test("a second replay leaves the file as it is")
  func second() async throws {
    try await replay(try journal(2))
    let before = try folder.contents()
    #expect(try await replay(try journal(2)).rowCount == 0)
    #expect(try folder.contents() == before)
  }

  @Test("folders above the file are made")
  func folders() async throws {
    let sink = JSONLinesSink("\(folder.path)/a/b/out.jsonl")
    try sink.begin(ReplaySelection(query: ReadQuery()))
    try sink.close()
    #expect(folder.exists("a/b/out.jsonl"))
  }

  @Test("a file that no replay has written is refused and stays")
  func foreign() async throws {
    try folder.write("out.jsonl", "{\"mine\":true}\n")
    try await refused(.notOurs, naming: "out.jsonl")
  }

  @Test("an empty file is as good as none")
  func emptyFile() async throws {
    try folder.write("out.jsonl", "")
    #expect(try await replay(try journal(2)).rowCount == 2)
  }

  @Test("a folder is refused")
  func isFolder() async throws {
    try folder.makeFolder("out.jsonl")
    try await refused(.notOurs, naming: "out.jsonl", "folder")
  }

  @Test("a file that was filled with another selection or from another log is refused")
  func otherSelection() async throws {
    try await replay(try journal(2), log: "aa11")
    try await refused(.notOurs, naming: #""model":"m""#, model: "m")
    try await refused(.notOurs, naming: "aa11", "bb22", log: "bb22")
  }

  @Test("a file that lost committed rows is refused")
  func shorter() async throws {
    try await replay(try journal(2))
    let text = try folder.read("out.jsonl")
    try folder.write("out.jsonl", String(text.dropLast()))
    try await refused(.damagedSink, naming: "out.jsonl", "\(text.utf8.count)")
  }

  @Test(
    "a damaged checkpoint is an error that names it",
    arguments: [
      "", "{", "{}", #"{"position":-1,"bytes":0,"selection":""}"#, #"{"position":1,"bytes":-1,"selection":""}"#,
      #"{"position":1.5,"bytes":0,"selection":""}"#, #"{"position":1,"bytes":0}"#,
    ])
  func damagedCheckpoint(text: String) async throws {
    try await replay(try journal(1))
    try folder.write("out.jsonl.checkpoint", text)
    try await refused(.damagedSink, naming: "out.jsonl.checkpoint")
  }

  @Test("a file that another replay fills is refused")
  func busy() async throws {
    let sink = JSONLinesSink(path)
    try sink.begin(ReplaySelection(query: ReadQuery()))
    try await refused(.busy, naming: "out.jsonl")
    try sink.close()
    #expect(try await replay(try journal(2)).rowCount == 2)
  }

  @Test("however often a replay breaks off, each row comes once", arguments: 0..<6 as Range<UInt64>)
  func interruptions(seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    let items = try journal(12)
    for attempt in 0..<200 {
      do {
        try await replay(items, itemsMax: Int.random(in: 0...attempt + 4, using: &generator))
        break
      } catch is HeldItems.BrokeOff { continue }
    }
    #expect(try ids() == (0..<12).map { "p\($0)" })
  }
}
