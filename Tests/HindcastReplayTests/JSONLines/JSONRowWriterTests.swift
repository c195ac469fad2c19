import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("A row as a line of JSON")
struct JSONRowWriterTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func lines(_ block: Block, _ positions: RowPositions = .same(12)) throws -> [String] {
    let file = try OutputFile("\(folder.path)/rows", .existing)
    try JSONRowWriter().write(ReplayRows(block: block, positions: positions), to: file)
    try file.flush()
    return try folder.read("rows").split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
      String($0)
    }
  }

  @Test("columns stand under their role, in the order of the roles, nulls as null")
  func row() throws {
    let block = TestEvents.block(
      .prediction, ["a\"1"],
      [
        TestEvents.column("region", .tag, [nil] as [String?]),
        TestEvents.column("score", .output, [0.93] as [Double?]),
        TestEvents.column("label", .output, [1] as [Int64?]),
        TestEvents.column("amount", .feature, [12.5] as [Double?]),
      ])
    let time = TimestampText.format(TestEvents.start)
    #expect(
      try lines(block) == [
        #"{"kind":"prediction","model":"m","version":"1","environment":"production","position":12,"#
          + #""id":"a\"1","time":"\#(time)","features":{"amount":12.5},"outputs":{"score":0.93,"label":1},"#
          + #""tags":{"region":null}}"#
      ])
  }

  @Test("a row without further columns closes after its time")
  func bare() throws {
    let line = try lines(TestEvents.block(.actual, ["a"], []))[0]
    #expect(line.hasSuffix("Z\"}"))
    #expect(try JSONParser.parse(line.utf8, source: "line")["features"] == nil)
  }

  @Test("each row of an archive has its own position")
  func positions() throws {
    let found = try lines(TestEvents.predictions(["a", "b"]), .each([7, 3]))
      .map { try JSONParser.parse($0.utf8, source: "line")["position"]?.integer }
    #expect(found == [7, 3])
  }

  @Test(
    "every type has its form",
    arguments: [
      (.bool, .bool([1]), "true"), (.int64, .int64([.min]), "-9223372036854775808"),
      (.timestamp, .int64([0]), "\"1970-01-01T00:00:00.000000Z\""), (.float32, .float32([0.1]), "0.1"),
      (.float64, .float64([0.1]), "0.1"), (.bytes, .strings(ByteStrings(["hi"])), "\"aGk=\""),
      (.uuid, .uuid(Array(0..<16)), "\"00010203-0405-0607-0809-0a0b0c0d0e0f\""),
      (.vector, .float32([1, .nan]), "[1.0,\"NaN\"]"),
      (.stringList, .stringList(offsets: [0, 2], elements: ByteStrings(["x", "é"])), "[\"x\",\"é\"]"),
      (.doubleList, .doubleList(offsets: [0, 0], elements: []), "[]"),
    ] as [(ColumnType, ColumnValues, String)])
  func types(type: ColumnType, values: ColumnValues, expected: String) throws {
    let schema = ColumnSchema("x", role: .feature, type: type, dimension: type == .vector ? 2 : 0)
    let line = try lines(TestEvents.block(.prediction, ["a"], [Column(schema, values)]))[0]
    #expect(line.hasSuffix("\"features\":{\"x\":\(expected)}}"), "\(line)")
  }

  @Test("any column of any type is valid JSON on one line", arguments: ColumnType.allCases)
  func validity(type: ColumnType) throws {
    let sample = SampleColumn(type, rowCount: 50, nullShare: 0.2, seed: 4)
    let found = try lines(TestEvents.block(.prediction, (0..<50).map { "\($0)" }, [sample.column]))
    #expect(found.count == 50)
    for (line, cell) in zip(found, sample.cells) {
      let value = try JSONParser.parse(line.utf8, source: "line")["features"]?["x"]
      #expect((value == .null) == (cell == .null))
      switch cell {
      case .boolean(let expected): #expect(value?.boolean == expected)
      case .integer(let expected) where type == .int64: #expect(value?.integer == expected)
      case .bytes(let expected) where type == .string: #expect(value?.string.map { Array($0.utf8) } == expected)
      case .list(let elements): #expect(value?.array?.count == elements.count)
      default: break
      }
    }
  }
}
