import Testing

@testable import HindcastReplay

@Suite("Bounds that are kept short")
struct TruncatedBoundTests {
  @Test("64 bytes stay whole, 65 are cut", arguments: [0, 1, 63, 64, 65, 200])
  func lengths(count: Int) throws {
    let bytes = Array(repeating: UInt8(ascii: "a"), count: count)
    let lower = TruncatedBound.lower(bytes, isText: true)
    let upper = try #require(TruncatedBound.upper(bytes, isText: true))
    #expect(lower.isExact == (count <= 64) && upper.isExact == (count <= 64))
    #expect(lower.bytes.count == min(count, 64) && upper.bytes.count == min(count, 64))
    if count > 64 { #expect(upper.bytes.last == UInt8(ascii: "b")) }
  }

  @Test("bytes that are all at their highest have no shorter upper bound")
  func noUpperBytes() {
    #expect(TruncatedBound.upper(Array(repeating: 0xFF, count: 65), isText: false) == nil)
    let last = TruncatedBound.upper([1] + Array(repeating: 0xFF, count: 70), isText: false)
    #expect(last?.bytes == [2])
  }

  @Test("text is never cut inside a character, and its bound is text again")
  func characters() throws {
    for padding in 0..<4 {
      let text = String(repeating: "a", count: 60 + padding) + String(repeating: "😀", count: 4)
      let lower = TruncatedBound.lower(Array(text.utf8), isText: true).bytes
      let upper = try #require(TruncatedBound.upper(Array(text.utf8), isText: true)).bytes
      #expect(String(validating: lower, as: UTF8.self) != nil && String(validating: upper, as: UTF8.self) != nil)
    }
  }

  @Test("characters without a neighbour are dropped from an upper bound")
  func lastScalars() throws {
    for scalar in ["\u{10FFFF}", "\u{D7FF}"] {
      let text = "a" + String(repeating: scalar, count: 30)
      let upper = try #require(TruncatedBound.upper(Array(text.utf8), isText: true))
      #expect(String(decoding: upper.bytes, as: UTF8.self) == "b")
    }
    #expect(TruncatedBound.upper(Array(String(repeating: "\u{10FFFF}", count: 17).utf8), isText: true) == nil)
  }

  @Test("a bound lies on its side of the whole, for any text and bytes")
  func sides() {
    var generator = SeededGenerator(seed: 8)
    for _ in 0..<500 {
      let isText = generator.chance(0.5)
      let count = Int.random(in: 55...75, using: &generator)
      let scalars = ["a", "\u{7F}", "\u{7FF}", "\u{D7FF}", "\u{E000}", "\u{FFFF}", "\u{10FFFF}"]
      let bytes =
        isText
        ? Array((0..<count).map { _ in scalars.randomElement(using: &generator)! }.joined().utf8)
        : (0..<count).map { _ in UInt8.random(in: 250...255, using: &generator) }
      let lower = TruncatedBound.lower(bytes, isText: isText).bytes
      #expect(!bytes.lexicographicallyPrecedes(lower))
      if let upper = TruncatedBound.upper(bytes, isText: isText)?.bytes {
        #expect(!upper.lexicographicallyPrecedes(bytes))
        #expect(upper.count <= 64)
      }
    }
  }
}
