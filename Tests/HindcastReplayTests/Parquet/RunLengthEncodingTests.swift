import Testing

@testable import HindcastReplay

@Suite("Parquet's hybrid of runs and packed groups")
struct RunLengthEncodingTests {
  private func encode(_ values: [UInt32], bitWidth: Int) -> [UInt8] {
    var output: [UInt8] = []
    RunLengthEncoding.append(values, bitWidth: bitWidth, to: &output)
    return output
  }

  @Test("0 to 7 in three bits pack to the bytes of the specification's example")
  func packed() {
    #expect(encode(Array(0..<8), bitWidth: 3) == [0x03, 0b1000_1000, 0b1100_0110, 0b1111_1010])
  }

  @Test("eight equal values are a run, seven are a packed group filled up with zeros")
  func runs() {
    #expect(encode(Array(repeating: 1, count: 8), bitWidth: 1) == [0x10, 0x01])
    #expect(encode(Array(repeating: 1, count: 7), bitWidth: 1) == [0x03, 0x7F])
  }

  @Test("a run's value takes as many bytes as its bits need")
  func runValues() {
    #expect(encode(Array(repeating: 0x1FF, count: 64), bitWidth: 9) == [0x80, 0x01, 0xFF, 0x01])
    #expect(encode(Array(repeating: .max, count: 8), bitWidth: 32) == [0x10, 0xFF, 0xFF, 0xFF, 0xFF])
  }

  @Test("a run gives up what fills the group before it")
  func runBehindGroup() {
    let values: [UInt32] = [0, 1, 0] + Array(repeating: 1, count: 5 + 9)
    #expect(encode(values, bitWidth: 1) == [0x03, 0b1111_1010, 9 << 1, 0x01])
  }

  @Test("no value is no byte")
  func empty() { #expect(encode([], bitWidth: 5).isEmpty) }

  @Test("a width holds every code below a count, and is at least one bit")
  func widths() {
    let widths = [0, 1, 2, 3, 4, 5, 256, 257, 65_536, 65_537].map { RunLengthEncoding.bitWidth(forCount: $0) }
    #expect(widths == [1, 1, 1, 2, 2, 3, 8, 9, 16, 17])
  }

  @Test("whatever was written is read back, at every width", arguments: 1...32)
  func roundTrip(bitWidth: Int) throws {
    var generator = SeededGenerator(seed: UInt64(bitWidth))
    for _ in 0..<40 {
      let values = randomValues(bitWidth, &generator)
      let read = try HybridReader.read(encode(values, bitWidth: bitWidth), bitWidth: bitWidth, count: values.count)
      #expect(read == values, "width \(bitWidth), \(values.count) values")
    }
  }

  /// Stretches of noise and of one value, with lengths around the group's eight.
  private func randomValues(_ bitWidth: Int, _ generator: inout SeededGenerator) -> [UInt32] {
    let mask = UInt32.max >> UInt32(32 - bitWidth)
    var values: [UInt32] = []
    for _ in 0..<Int.random(in: 1...8, using: &generator) {
      let count = Int.random(in: 1...20, using: &generator)
      let value = UInt32.random(in: 0...mask, using: &generator)
      let isRun = generator.chance(0.5)
      for _ in 0..<count { values.append(isRun ? value : UInt32.random(in: 0...mask, using: &generator)) }
    }
    return values
  }
}
