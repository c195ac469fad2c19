import Testing

@testable import HindcastCommand

@Suite("CSV")
struct CSVReaderTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func reader(_ text: String, delimiter: Character = ",", nullTexts: [String] = []) throws -> CSVReader {
    try reader(Array(text.utf8), delimiter: delimiter, nullTexts: nullTexts)
  }

  private func reader(_ bytes: [UInt8], delimiter: Character = ",", nullTexts: [String] = []) throws -> CSVReader {
    let input = try ByteInput(directory.file("in.csv", bytes))
    return try CSVReader(input, start: [], delimiter: delimiter.asciiValue!, nullTexts: nullTexts)
  }

  /// Rows as texts, nil for null; bad rows as their message.
  private func rows(_ reader: some RecordReader) throws -> [[String?]] {
    var rows: [[String?]] = []
    while true {
      switch try reader.next() {
      case .end: return rows
      case .bad(let problem): rows.append(["line \(problem.line)", problem.message])
      case .row:
        rows.append(reader.record.cells.map { $0 == .null ? nil : reader.record.string($0) })
      }
    }
  }

  @Test(
    "lines end with LF, CRLF or CR, the last one also with nothing",
    arguments: ["a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4\r", "a,b\n1,2\n3,4", "a,b\r\n1,2\n3,4"])
  func lineEnds(text: String) throws {
    let reader = try reader(text)
    #expect(reader.columns == ["a", "b"])
    #expect(try rows(reader) == [["1", "2"], ["3", "4"]])
  }

  @Test(
    "quoted fields hold separators, doubled quotes and line breaks",
    arguments: [
      ("\"x,y\"", "x,y"), ("\"say \"\"hi\"\"\"", "say \"hi\""), ("\"two\nlines\"", "two\nlines"),
      ("\"two\r\nlines\"", "two\r\nlines"), ("\"\"\"\"", "\""), ("\"a\"\"\"", "a\""), ("in\"side", "in\"side"),
      (" \"x\"", " \"x\""),
    ])
  func quotes(field: String, value: String) throws {
    #expect(try rows(reader("a,b\n\(field),2\n3,\(field)")) == [[value, "2"], ["3", value]])
  }

  @Test("an empty field is null, quoted or not, and so are the texts that the user names")
  func nulls() throws {
    let reader = try reader("a,b,c\n,\"\",NA\nNA ,-,\n", nullTexts: ["NA", "-"])
    #expect(try rows(reader) == [[nil, nil, nil], ["NA ", nil, nil]])
  }

  @Test("a byte order mark and blank lines are passed over, and lines are still counted")
  func blanks() throws {
    let reader = try reader("\u{feff}a,b\n\n1,2\n\r\n\n3\n")
    #expect(reader.columns == ["a", "b"])
    let found = try rows(reader)
    #expect(found.first == ["1", "2"])
    #expect(found.last?.first == "line 6")
  }

  @Test("a row with the wrong number of fields is reported with its line, and reading goes on")
  func fieldCount() throws {
    let found = try rows(reader("a,b\n1,2\n\"x\ny\",3,4\n5\n6,7\n"))
    #expect(found.count == 4)
    #expect(found[0] == ["1", "2"])
    #expect(found[1][0] == "line 3")
    #expect(found[1][1]!.contains("3 fields, but the header has 2"))
    #expect(found[2][0] == "line 5")
    #expect(found[2][1]!.contains("1 fields, but the header has 2"))
    #expect(found[3] == ["6", "7"])
  }

  @Test("bytes that are not UTF-8 are reported with line and column")
  func utf8() throws {
    let found = try rows(reader(Array("a,b\n1,x\n2,".utf8) + [0xe4] + Array("\n3,\u{e4}\n".utf8)))
    #expect(found[1][0] == "line 3")
    #expect(found[1][1]!.contains("column 'b' is not valid UTF-8"))
    #expect(found[2] == ["3", "\u{e4}"])
  }

  @Test("a character split between two fields is not valid UTF-8, though the row as a whole would be")
  func splitCharacter() throws {
    let found = try rows(reader(Array("a,b\n".utf8) + [0xc3, UInt8(ascii: ","), 0xa4] + Array("\n".utf8)))
    #expect(found[0][1]!.contains("column 'a' is not valid UTF-8"))
  }

  @Test("a quote that is never closed, and text behind a closing quote, are reported with the line they start in")
  func badQuotes() throws {
    let open = try rows(reader("a,b\n1,2\n\"3,4\n5,6\n"))
    #expect(open.count == 2)
    #expect(open[1][0] == "line 3")
    #expect(open[1][1]!.contains("never closed"))
    let behind = try rows(reader("a,b\n\"1\"x,2\n3,4\n"))
    #expect(behind[0][1]!.contains("text behind a closing quote in field 1"))
    #expect(behind[1] == ["3", "4"])
  }

  @Test(
    "a header without names, with a name twice, or no header at all is an error",
    arguments: [
      ("", "is empty"), ("\n\n", "is empty"), ("a,,b\n", "column 2 has no name"),
      ("a,b,a\n", "two columns are named 'a'"),
    ])
  func badHeader(text: String, words: String) throws {
    let error = #expect(throws: CommandError.self) { try reader(text) }
    #expect(error?.description.contains(words) == true)
  }

  @Test("rows are the same wherever the file is cut into chunks")
  func chunks() throws {
    let text = "id,text\n1,\"a\"\"b\r\nc\"\r\n2,\u{20ac}\n"
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count {
      let file = try directory.file("cut.csv", Array(bytes[cut...]))
      let reader = try CSVReader(ByteInput(file), start: Array(bytes[..<cut]))
      #expect(try rows(reader) == [["1", "a\"b\r\nc"], ["2", "\u{20ac}"]], "cut at \(cut)")
    }
  }

  @Test("more fields than the limit are reported, not kept")
  func tooManyFields() throws {
    let wide = Array(repeating: "1", count: InputLimits.columnsMax + 1).joined(separator: ",")
    let found = try rows(reader("a,b\n\(wide)\n1,2\n"))
    #expect(found[0][1]!.contains("more than 4096 fields"))
    #expect(found[1] == ["1", "2"])
  }

  @Test("another separator")
  func separator() throws {
    #expect(try rows(reader("a;b\n1,5;2\n", delimiter: ";")) == [["1,5", "2"]])
  }
}
