import Testing

@testable import HindcastCommand

@Suite("JSON lines")
struct JSONLinesReaderTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func reader(_ text: String) throws -> JSONLinesReader {
    JSONLinesReader(try ByteInput(directory.file("in.jsonl", text)), start: [])
  }

  /// The cell of the only column of a file with one line.
  private func cell(_ json: String) throws -> String {
    let reader = try reader("{\"x\":\(json)}")
    switch try reader.next() {
    case .row:
      let cell = reader.record.cells[0]
      return switch cell {
      case .string: "string \(reader.record.string(cell))"
      default: "\(cell)"
      }
    case .bad(let problem): return problem.message
    case .end: return "end"
    }
  }

  @Test(
    "values of every kind",
    arguments: [
      ("null", "null"), ("true", "bool(true)"), ("false", "bool(false)"), ("0", "int64(0)"), ("-12", "int64(-12)"),
      ("9223372036854775807", "int64(9223372036854775807)"), ("1.5", "float64(1.5)"), ("-0.0", "float64(-0.0)"),
      ("1e3", "float64(1000.0)"), ("\"a b\"", "string a b"), ("\"\"", "string "),
      ("[1,2.5]", "doubles([1.0, 2.5])"), ("[\"a\",\"b\"]", "strings([\"a\", \"b\"])"), ("[]", "emptyList"),
      ("[ 1 , 2 ]", "doubles([1.0, 2.0])"),
    ])
  func values(json: String, expected: String) throws {
    #expect(try cell(json) == expected)
  }

  @Test(
    "escapes in strings",
    arguments: [
      (#""\"\\\/\b\f\n\r\t""#, "string \"\\/\u{8}\u{c}\n\r\t"), (#""\u20ac""#, "string \u{20ac}"),
      (#""\ud83d\ude00""#, "string \u{1f600}"), (#""a\u0000b""#, "string a\0b"),
    ])
  func escapes(json: String, expected: String) throws {
    #expect(try cell(json) == expected)
  }

  @Test(
    "what is not JSON is reported, not taken",
    arguments: [
      "", "tru", "1.2.3", "01", "+1", "\"open", #""\x""#, #""\u12g4""#, #""\ud83d""#, #""\ud83d\u0041""#, "[1,\"a\"]",
      "[1", "[[1]]",
      "[null]", "[true]", "[{}]", "12345678901234567890", "1e999", "\"a\nb\"", "1} x", "{\"a\":1",
    ])
  func invalid(json: String) throws {
    let reader = try reader("{\"x\":\(json)}\n{\"y\":1}\n")
    guard case .bad(let problem) = try reader.next() else {
      Issue.record("taken: \(reader.record)")
      return
    }
    #expect(problem.line == 1)
    #expect(problem.message.count > 10)
  }

  @Test("columns turn up as keys do; objects are flattened with dots; blank lines are passed over")
  func columns() throws {
    let reader = try reader("{\"a\":1}\n\n{\"b\":{\"c\":2,\"d\":{}},\"a\":3}\r\n{}")
    #expect(try reader.next() == .row)
    #expect(reader.columns == ["a"])
    #expect(reader.record.cells == [.int64(1)])
    #expect(try reader.next() == .row)
    #expect(reader.record.line == 3)
    #expect(reader.columns == ["a", "b.c"])
    #expect(reader.record.cells == [.int64(3), .int64(2)])
    #expect(try reader.next() == .row)
    #expect(reader.record.cells == [.null, .null])
    #expect(try reader.next() == .end)
  }

  @Test("a key that stands there twice, and text behind the object, are reported; reading goes on")
  func problems() throws {
    let reader = try reader("{\"a\":1,\"a\":2}\n[1]\n{\"a\":1} {\"a\":2}\n{\"a\":7}")
    for line in 1...3 {
      guard case .bad(let problem) = try reader.next() else {
        Issue.record("line \(line) was taken")
        return
      }
      #expect(problem.line == line)
    }
    #expect(try reader.next() == .row)
    #expect(reader.record.cells == [.int64(7)])
  }

  @Test("objects nested as deep as the limit are read, one deeper is reported", arguments: [(16, true), (17, false)])
  func nesting(depth: Int, isRead: Bool) throws {
    let text = String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    let step = try reader(text).next()
    #expect((step == .row) == isRead)
  }
}
