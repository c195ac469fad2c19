import Testing

@testable import HindcastFormat

/// Numbers and uuids as text, and back.
struct TextNumberTests {
  @Test("integers of every length have the text that Swift gives them, and are read back from it")
  func integers() {
    var integers: [Int64] = [0, -1, 1, 9, 10, -10, 99, 100, .min, .max]
    var power: Int64 = 1
    for _ in 0..<18 {
      power *= 10
      integers += [power - 1, power, power + 1, -power, 1 - power]
    }
    var generator = SeededGenerator(seed: 41)
    for _ in 0..<5_000 { integers.append(Int64(bitPattern: generator.next()) >> Int64(generator.next() % 64)) }
    let texts = UncheckedLoops.decimalTexts(integers)
    #expect(texts == ByteStrings(integers.map { "\($0)" }))
    // What has more than 18 digits stays text.
    let short = integers.filter { $0.magnitude < 1_000_000_000_000_000_000 }
    #expect(UncheckedLoops.parseDecimalTexts(ByteStrings(short.map { "\($0)" })) == short)
    #expect(UncheckedLoops.parseDecimalTexts(ByteStrings()) == [])
    #expect(UncheckedLoops.decimalTexts([]) == ByteStrings())
  }

  @Test(
    "text that is no integer in its canonical form is not read as one",
    arguments: ["", "-", "-0", "00", "01", "-01", "+1", "1 ", "1a", "/", ":", "0x1", "1234567890123456789", "é"])
  func notIntegers(text: String) {
    #expect(UncheckedLoops.parseDecimalTexts(ByteStrings(["7", text, "8"])) == nil)
  }

  @Test("uuids have their canonical text, and are read back from it, and from no other text")
  func uuids() {
    var generator = SeededGenerator(seed: 42)
    let uuids = (0..<16 * 500).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    let texts = stride(from: 0, to: uuids.count, by: 16).map { UUIDText.format(uuids[$0..<$0 + 16]) }
    #expect(UncheckedLoops.uuidTexts(uuids) == ByteStrings(texts).bytes)
    #expect(UncheckedLoops.parseUUIDTexts(ByteStrings(texts)) == uuids)
    #expect(UncheckedLoops.parseUUIDTexts(ByteStrings([texts[0].uppercased()])) == nil)
    #expect(UncheckedLoops.parseUUIDTexts(ByteStrings([String(texts[0].dropLast()), texts[1] + "0"])) == nil)
    for place in 0..<36 {
      var bytes = Array(texts[0].utf8)
      bytes[place] = bytes[place] == UInt8(ascii: "-") ? UInt8(ascii: "a") : UInt8(ascii: "g")
      #expect(UncheckedLoops.parseUUIDTexts(ByteStrings([String(decoding: bytes, as: UTF8.self)])) == nil)
    }
  }
}
