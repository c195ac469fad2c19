import Testing

@testable import HindcastReplay

@Suite("Reading JSON that nobody vouches for")
struct JSONParserTests {
  private func parse(_ text: String) throws -> JSONValue { try JSONParser.parse(text.utf8, source: "the-file") }

  @Test("values of every kind, with space between them")
  func values() throws {
    let text = " {\"a\" : [ 1 , -2.5 , true,false, null ] ,\t\"b\":{}, \"c\":[],\r\n\"d\":\"\"} "
    #expect(
      try parse(text)
        == .object([
          ("a", .array([.integer(1), .number(-2.5), .boolean(true), .boolean(false), .null])),
          ("b", .object([JSONValue.Member]())), ("c", .array([])), ("d", .string("")),
        ]))
  }

  @Test("of members with one name the last counts")
  func duplicates() throws { #expect(try parse(#"{"a":1,"a":2}"#)["a"]?.integer == 2) }

  @Test("whole numbers of 64 bits are integers, larger ones are refused and not rounded")
  func numbers() throws {
    #expect(try parse("9223372036854775807").integer == .max)
    #expect(try parse("-9223372036854775808").integer == .min)
    for text in ["9223372036854775808", "-9223372036854775809"] {
      #expect(throws: ReplayError.self) { try parse(text) }
    }
    #expect(try parse("9223372036854775808.0") == .number(9_223_372_036_854_775_808))
    #expect(try parse("1e2") == .number(100) && (try parse("1.0")) == .number(1))
    #expect(try parse("0") == .integer(0) && (try parse("1E-2")) == .number(0.01))
  }

  @Test("minus zero keeps its sign")
  func minusZero() throws {
    guard case .number(let number) = try parse("-0") else {
      return #expect(Bool(false), "an integer has no minus zero")
    }
    #expect(number.bitPattern == (-0.0).bitPattern)
  }

  @Test("escapes become their characters, pairs of surrogates too")
  func escapes() throws {
    #expect(try parse(#""\"\\\/\b\f\n\r\t""#).string == "\"\\/\u{8}\u{C}\n\r\t")
    #expect(try parse(#""\u00e9\u20AC\ud83d\ude00\u0000""#).string == "é€😀\u{0}")
  }

  @Test(
    "what is not JSON is an error that names its source",
    arguments: [
      "", " ", "nul", "truee", "True", "{", "[", "[1", "[1,", "[1,]", "[,1]", "{\"a\"", "{\"a\":", "{\"a\":1",
      "{\"a\":1,}",
      "{a:1}", "{1:1}", "[1 2]", "1 2", "{}{}", "'a'", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
      "\"\\ud83d\"", "\"\\ud83d\\n\"", "\"\\ud83d\\u0041\"", "\"\\ude00\"", "\"\n\"", "\u{FEFF}{}", "NaN", "Infinity",
      "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1.e5", "--1", "1e999", "0x10", "1_000",
    ])
  func invalid(text: String) {
    let error = #expect(throws: ReplayError.self) { try parse(text) }
    #expect(error?.code == .damagedSink)
    #expect(error?.message.contains("the-file") == true)
  }

  @Test("text that is not UTF-8 is an error")
  func invalidUTF8() {
    for bytes in [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC3, 0x22]] {
      #expect(throws: ReplayError.self) { try JSONParser.parse(bytes.map { UInt8($0) }, source: "test") }
    }
  }

  @Test("64 levels are read, 65 are refused, a million do no harm")
  func depth() throws {
    func nested(_ open: String, _ close: String, _ count: Int) -> String {
      String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
    }
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      #expect(throws: Never.self) { try parse(nested(open, close, 64)) }
      #expect(throws: ReplayError.self) { try parse(nested(open, close, 65)) }
      #expect(throws: ReplayError.self) { try parse(String(repeating: open, count: 1_000_000)) }
    }
    // Levels that were closed do not count.
    #expect(throws: Never.self) { try parse("[" + String(repeating: "[[]],", count: 500) + "1]") }
  }

  private static let sample =
    #"{"txn":{"appId":"é\n\u00e9\ud83d\ude00","version":-12,"x":[1.5e-3,true,null,{"y":[]}]}}"#

  @Test("every shorter piece of a text is an error")
  func truncated() throws {
    let bytes = Array(Self.sample.utf8)
    #expect(throws: Never.self) { try JSONParser.parse(bytes, source: "test") }
    for count in 0..<bytes.count {
      #expect(throws: ReplayError.self, "\(count) bytes") { try JSONParser.parse(bytes[..<count], source: "test") }
    }
  }

  @Test("any change of bytes gives a value, which can be written and read again, or an error")
  func mutated() throws {
    var generator = SeededGenerator(seed: 14)
    let interesting = Array("{}[]\",:\\u0-+.eE1 tfn\u{0}".utf8) + [0xFF, 0xC3, 0xED]
    var values = 0
    for _ in 0..<20_000 {
      var bytes = Array(Self.sample.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = interesting.randomElement(using: &generator)!
      }
      guard let value = try? JSONParser.parse(bytes, source: "test") else { continue }
      values += 1
      #expect(try JSONParser.parse(value.text.utf8, source: "again") == value)
    }
    #expect(values > 100)
  }
}
