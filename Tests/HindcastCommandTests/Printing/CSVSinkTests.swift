import Testing

@testable import HindcastCommand

@Suite("CSV that is printed")
struct CSVSinkTests {
  @Test(
    "text is quoted where it must be, so that our own reader gives it back",
    arguments: ["plain", "with, comma", "with \"quotes\"", "two\nlines", "cr\rlf\r\n", " spaces ", "\u{20ac}"])
  func quoting(text: String) throws {
    let directory = try TemporaryDirectory()
    let file = try directory.file("a.csv", "x,y\n\(CSVSink.quoted(text, isValue: true)),1\n")
    let reader = try CSVReader(ByteInput(file), start: [])
    #expect(try reader.next() == .row)
    #expect(reader.record.string(reader.record.cells[0]) == text)
    #expect(try reader.next() == .end)
  }

  @Test("an empty text is told from null by its quotes")
  func empty() {
    #expect(CSVSink.quoted("", isValue: true) == "\"\"")
  }
}
