import Testing

@testable import HindcastFormat

struct TextTests {
  @Test(
    "times parse in the forms people write",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1970-01-01", 0), ("1970-01-01 00:00:00.000001", 1),
      ("2018-10-30T18:00:00Z", 1_540_922_400_000_000), ("2018-10-30 18:00:00", 1_540_922_400_000_000),
      ("2018-10-30T19:00:00+01:00", 1_540_922_400_000_000), ("2018-10-30T13:30:00-0430", 1_540_922_400_000_000),
      ("2018-10-30T18:00", 1_540_922_400_000_000), ("2018-10-30T18:00:00.25Z", 1_540_922_400_250_000),
      ("2018-10-30T18:00:00.1234567Z", 1_540_922_400_123_456), ("2000-02-29T23:59:60Z", 951_868_799_000_000),
      ("1969-12-31T23:59:59.999999Z", -1), ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
    ] as [(String, Int64)])
  func timestamps(text: String, expected: Int64) {
    #expect(TimestampText.parse(text) == expected)
    #expect(TimestampText.parse(utf8: Array(text.utf8)) == expected)
  }

  @Test(
    "what is no time is refused",
    arguments: [
      "", "2018", "2018-10", "2018-13-01", "2018-02-29", "2018-00-10", "2018-10-30T", "2018-10-30T24:00:00",
      "2018-10-30T18:60", "2018-10-30T18:00:61", "2018-10-30T18:00:00.", "2018-10-30T18:00:00+1", "1540922400",
      "2018-10-30T18:00:00Zx", "18-10-30", "2018/10/30", "2018-10-30T18:00:00+24:00",
    ])
  func badTimestamps(text: String) { #expect(TimestampText.parse(text) == nil) }

  @Test(
    "times are written in one form and parse back",
    arguments: [0, -1, 1, 1_540_922_400_250_000, -62_135_596_800_000_000])
  func timestampRoundTrip(time: Int64) { #expect(TimestampText.parse(TimestampText.format(time)) == time) }

  @Test("every 64-bit time can be written")
  func extremeTimestamps() {
    #expect(TimestampText.format(1_540_922_400_000_000) == "2018-10-30T18:00:00.000000Z")
    #expect(TimestampText.format(.max) == "+294247-01-10T04:00:54.775807Z")
    #expect(TimestampText.format(.min) == "-290308-12-21T19:59:05.224192Z")
    #expect(TimestampText.day(-1) == -1)
    #expect(TimestampText.day(86_400_000_000) == 1)
  }

  @Test("uuids parse in either case and are written in lower case")
  func uuids() {
    let bytes: [UInt8] = [
      0xF8, 0x1D, 0x4F, 0xAE, 0x7D, 0xEC, 0x11, 0xD0, 0xA7, 0x65, 0x00, 0xA0, 0xC9, 0x1E, 0x6B, 0xF6,
    ]
    #expect(UUIDText.parse("f81d4fae-7dec-11d0-a765-00a0c91e6bf6") == bytes)
    #expect(UUIDText.parse("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6") == bytes)
    #expect(UUIDText.format(bytes) == "f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
    for bad in [
      "", "f81d4fae7dec11d0a76500a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bfg",
      "-81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    ] {
      #expect(UUIDText.parse(bad) == nil)
    }
  }

  @Test("UTF-8 is checked as the standard library checks it")
  func utf8() {
    var generator = SeededGenerator(seed: 3)
    let leads: [UInt8] = [
      0x41, 0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF,
    ]
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
        generator.chance(0.5)
          ? leads.randomElement(using: &generator)! : UInt8.random(in: 0x80...0xBF, using: &generator)
      }
      #expect(
        bytes.withUnsafeBytes { UTF8Check.isValid($0) } == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)"
      )
    }
    let long = Array("Grüße aus 東京 🙂 and a long stretch of plain text".utf8)
    #expect(long.withUnsafeBytes { UTF8Check.isValid($0) })
  }
}
