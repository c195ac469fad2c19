import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("Parquet's plain values")
struct PlainEncodingTests {
  private func encode(_ type: ParquetType, _ fill: (inout ParquetValues) -> Void, range: Range<Int>) -> [UInt8] {
    var values = ParquetValues()
    fill(&values)
    var output: [UInt8] = []
    PlainEncoding.append(values, type, range: range, to: &output)
    return output
  }

  @Test("booleans are bits, the first the lowest, the last byte filled up with zeros")
  func booleans() {
    let bits: [UInt8] = [1, 0, 1, 1, 0, 0, 0, 1, 1]
    #expect(encode(.boolean, { $0.booleans = bits }, range: 0..<9) == [0b1000_1101, 0b1])
    #expect(encode(.boolean, { $0.booleans = bits }, range: 2..<4) == [0b11])
  }

  @Test("numbers are little-endian")
  func numbers() {
    #expect(encode(.int64, { $0.int64s = [0, -2] }, range: 1..<2) == [0xFE] + Array(repeating: 0xFF, count: 7))
    #expect(encode(.timestamp, { $0.int64s = [258] }, range: 0..<1) == [2, 1, 0, 0, 0, 0, 0, 0])
    #expect(encode(.float, { $0.floats = [-0.0] }, range: 0..<1) == [0, 0, 0, 0x80])
    #expect(encode(.double, { $0.doubles = [1] }, range: 0..<1) == [0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
  }

  @Test("a NaN keeps its payload")
  func payload() {
    let number = Double(bitPattern: 0x7FF8_0000_0000_0123)
    #expect(encode(.double, { $0.doubles = [number] }, range: 0..<1) == [0x23, 0x01, 0, 0, 0, 0, 0xF8, 0x7F])
  }

  @Test("strings stand behind their length in four bytes; in statistics there is none")
  func strings() {
    let bytes = encode(.string, { $0.strings = ByteStrings(["", "aé"]) }, range: 0..<2)
    #expect(bytes == [0, 0, 0, 0, 3, 0, 0, 0, 0x61, 0xC3, 0xA9])
    #expect(PlainEncoding.statistic(Int64(1)) == [1, 0, 0, 0, 0, 0, 0, 0])
    #expect(PlainEncoding.statistic(Float(1)) == [0, 0, 0x80, 0x3F])
  }
}
