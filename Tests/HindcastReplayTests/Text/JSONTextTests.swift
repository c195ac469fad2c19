import Testing

@testable import HindcastReplay

@Suite("JSON text")
struct JSONTextTests {
  private func text(_ body: (inout [UInt8]) -> Void) -> String {
    var output: [UInt8] = []
    body(&output)
    return String(decoding: output, as: UTF8.self)
  }

  @Test("NaN and the infinities are strings, which no reader takes for a number or a missing value")
  func nonFinite() {
    #expect(text { JSONText.append(Double.nan, to: &$0) } == "\"NaN\"")
    #expect(text { JSONText.append(-Double.nan, to: &$0) } == "\"NaN\"")
    #expect(text { JSONText.append(Double.infinity, to: &$0) } == "\"Infinity\"")
    #expect(text { JSONText.append(-Float.infinity, to: &$0) } == "\"-Infinity\"")
  }

  @Test(
    "finite numbers come back with every bit",
    arguments: [
      0, -0.0, 0.1, 1e-5, 1e16, 1e21, 123_456_789.125, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -1e300,
    ]
      as [Double])
  func doubles(number: Double) throws {
    let written = text { JSONText.append(number, to: &$0) }
    let read: Double =
      switch try JSONParser.parse(written.utf8, source: "test") {
      case .number(let value): value
      case .integer(let value): Double(value)
      default: .nan
      }
    #expect(read.bitPattern == number.bitPattern, "\(written)")
  }

  @Test("any bits of a double come back")
  func anyDouble() throws {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<2_000 {
      let number = Double(bitPattern: generator.next())
      guard number.isFinite else { continue }
      let written = text { JSONText.append(number, to: &$0) }
      #expect(try JSONParser.parse(written.utf8, source: "test") == .number(number))
    }
  }

  @Test("a float has the digits of a float")
  func floats() { #expect(text { JSONText.append(Float(0.1), to: &$0) } == "0.1") }

  @Test("quotes, backslashes and control characters are escaped, nothing else")
  func escapes() {
    #expect(text { JSONText.append("a\"b\\c/d", to: &$0) } == #""a\"b\\c/d""#)
    #expect(text { JSONText.append("\n\r\t\u{0}\u{1F}\u{8}", to: &$0) } == #""\n\r\t\u0000\u001f\u0008""#)
    #expect(text { JSONText.append("é😀\u{7F}\u{2028}", to: &$0) } == "\"é😀\u{7F}\u{2028}\"")
    #expect(text { JSONText.append("", to: &$0) } == "\"\"")
  }

  @Test(
    "bytes are base 64 with padding",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("\u{FF}?>", "w78/Pg=="),
    ])
  func base64(plain: String, expected: String) {
    #expect(text { JSONText.append(base64: Array(plain.utf8)[...], to: &$0) } == "\"\(expected)\"")
  }

  @Test("any text comes back from its JSON")
  func anyText() throws {
    var generator = SeededGenerator(seed: 6)
    for _ in 0..<500 {
      var view = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...12, using: &generator) {
        let bound: UInt32 = generator.chance(0.5) ? 0x80 : 0x11_0000
        if let scalar = Unicode.Scalar(UInt32.random(in: 0..<bound, using: &generator)) { view.append(scalar) }
      }
      let value = JSONValue.string(String(view))
      let read = try JSONParser.parse(value.text.utf8, source: "test")
      #expect(read.string.map { Array($0.utf8) } == Array(String(view).utf8))
    }
  }
}
