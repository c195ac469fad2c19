import Testing

@testable import HindcastReplay

@Suite("Thrift's compact protocol")
struct ThriftCompactWriterTests {
  private func bytes(_ body: (inout ThriftCompactWriter) -> Void) -> [UInt8] { ThriftCompactWriter.structure(body) }

  @Test("a field header holds the distance to the field before and the type, and a struct ends in a zero")
  func shortHeaders() {
    #expect(
      bytes {
        $0.int32(1, 1); $0.int32(3, -1)
      } == [0x15, 0x02, 0x25, 0x01, 0x00])
  }

  @Test("a distance over 15 puts the field's number behind the type")
  func longHeader() {
    #expect(bytes { $0.int32(16, 0) } == [0x05, 0x20, 0x00, 0x00])
    #expect(bytes { $0.int32(15, 0) } == [0xF5, 0x00, 0x00])
  }

  @Test("booleans are their type, without a value")
  func booleans() {
    #expect(
      bytes {
        $0.boolean(1, true); $0.boolean(2, false)
      } == [0x11, 0x12, 0x00])
  }

  @Test("integers are zigzag varints of any size")
  func integers() {
    #expect(bytes { $0.int16(1, -64) } == [0x14, 0x7F, 0x00])
    #expect(bytes { $0.int64(1, 64) } == [0x16, 0x80, 0x01, 0x00])
    #expect(bytes { $0.int64(1, .min) } == [0x16] + Array(repeating: 0xFF, count: 9) + [0x01, 0x00])
    #expect(bytes { $0.int64(1, .max) } == [0x16, 0xFE] + Array(repeating: 0xFF, count: 8) + [0x01, 0x00])
  }

  @Test("texts stand behind their length in bytes")
  func binary() {
    #expect(bytes { $0.binary(4, "é".utf8) } == [0x48, 0x02, 0xC3, 0xA9, 0x00])
    #expect(bytes { $0.binary(4, []) } == [0x48, 0x00, 0x00])
  }

  @Test("a list of 15 and more elements has its count behind the header", arguments: [0, 1, 14, 15, 16, 200])
  func lists(count: Int) throws {
    let written = bytes { $0.int32List(2, Array(repeating: 7, count: count)) }
    #expect(written[1] == (count < 15 ? UInt8(count) << 4 | 5 : 0xF5))
    var reader = ThriftReader(written)
    let list = try reader.structure()[2]?.list
    #expect(list == Array(repeating: .integer(7), count: count))
    #expect(reader.offset == written.count)
  }

  @Test("an inner struct counts its fields anew, and the outer one goes on where it was")
  func nesting() throws {
    let written = bytes {
      $0.int32(5, 1)
      $0.structure(6) { $0.int32(1, 2) }
      $0.structureList(7, [3, 4]) { $0.int32(2, $1) }
      $0.binaryList(9, ["a", ""])
    }
    #expect(
      written == [
        0x55, 0x02, 0x1C, 0x15, 0x04, 0x00, 0x19, 0x2C, 0x25, 0x06, 0x00, 0x25, 0x08, 0x00, 0x29, 0x28, 0x01, 0x61,
        0x00,
        0x00,
      ])
  }

  @Test(
    "unsigned varints take seven bits a byte",
    arguments: [(0, [0]), (127, [0x7F]), (128, [0x80, 0x01]), (16_383, [0xFF, 0x7F]), (16_384, [0x80, 0x80, 0x01])]
      as [(UInt64, [UInt8])])
  func varints(value: UInt64, expected: [UInt8]) {
    var written: [UInt8] = []
    written.appendUnsignedVarint(value)
    #expect(written == expected)
  }
}
