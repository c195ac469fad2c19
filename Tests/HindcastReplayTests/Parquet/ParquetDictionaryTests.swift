import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("Dictionaries of a column chunk")
struct ParquetDictionaryTests {
  private func doubles(_ numbers: [Double]) -> ParquetDictionary? {
    var values = ParquetValues()
    values.doubles = numbers
    return ParquetDictionary(values, .double)
  }

  private func strings(_ texts: [String]) -> ParquetDictionary? {
    var values = ParquetValues()
    values.strings = ByteStrings(texts)
    return ParquetDictionary(values, .string)
  }

  @Test("entries come in the order of their first appearance")
  func order() {
    let dictionary = strings(["b", "a", "b", "", "a", "", "b", "b"])
    #expect(dictionary?.entries == [0, 1, 3])
    #expect(dictionary?.codes == [0, 1, 0, 2, 1, 2, 0, 0])
  }

  @Test("both zeros and NaNs of different payload are entries of their own")
  func bits() {
    let payload = Double(bitPattern: 0x7FF8_0000_0000_0001)
    let dictionary = doubles([0.0, -0.0, .nan, payload, 0.0, -0.0, .nan, payload])
    #expect(dictionary?.codes == [0, 1, 2, 3, 0, 1, 2, 3])
  }

  @Test("values that hardly repeat get none")
  func unique() {
    #expect(doubles((0..<5_000).map { Double($0) }) == nil)
    #expect(doubles([1]) == nil)
    #expect(doubles([]) == nil)
    #expect(doubles([1, 2, 1]) == nil, "half as many entries as values is the most")
    #expect(doubles([1, 2, 1, 2]) != nil)
  }

  @Test("one of over a mebibyte is given up")
  func large() {
    let texts = (0..<3).map { String(repeating: "\($0)", count: 400_000) }
    #expect(strings((0..<8).map { texts[$0 % 2] }) != nil)
    #expect(strings((0..<8).map { texts[$0 % 3] }) == nil)
  }

  @Test("codes lead to equal values, for many entries too")
  func codes() throws {
    var generator = SeededGenerator(seed: 3)
    // From 513 entries on the table of hashes grows.
    let numbers = (0..<20_000).map { _ in Double(Int.random(in: 0..<1_200, using: &generator)) }
    let dictionary = try #require(doubles(numbers))
    #expect(dictionary.entries.count == Set(numbers).count)
    #expect(zip(dictionary.codes, numbers).allSatisfy { numbers[dictionary.entries[Int($0)]] == $1 })
  }
}
