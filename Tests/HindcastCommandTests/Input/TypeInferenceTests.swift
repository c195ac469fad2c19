import HindcastFormat
import Testing

@testable import HindcastCommand

@Suite("Types of input columns")
struct TypeInferenceTests {
  private func type(_ texts: [String]) -> ColumnType? {
    var inference = ColumnInference()
    for text in texts {
      var record = InputRecord()
      record.bytes = Array(text.utf8)
      inference.observe(text.isEmpty ? .null : .text(0..<record.bytes.count), in: record)
    }
    return inference.type
  }

  @Test(
    "the narrowest type that holds every value exactly",
    arguments: [
      (["True", "false", "TRUE"], ColumnType.bool), (["1", "0"], .int64), (["1", "-5", "9223372036854775807"], .int64),
      (["-9223372036854775808"], .int64), (["1", "2.0"], .float64), (["1", "", "0.5"], .float64),
      ([".5", "5.", "-.5e-3"], .float64),
      (["nan", "1"], .float64), (["inf", "-Infinity"], .float64),
      (["2018-10-30T18:00:00Z", "2018-10-30 18:00:00.5+02:00"], .timestamp),
      (["2018-10-30"], .timestamp), (["a"], .string), (["1", "a"], .string), (["true", "1"], .string),
      (["2018-10-30", "1"], .string),
      ([], .string), (["", ""], .string),
    ])
  func narrowest(texts: [String], expected: ColumnType) {
    #expect(type(texts) == expected)
  }

  @Test(
    "text that a number could not give back stays text",
    arguments: [
      "007", "-0", "+5", "1 ", " 1", "1,5", "0x10", "1_000", "12345678901234567890123", "9223372036854775808", "1e999",
      "1e", "e5", "-",
      ".", "--1", "00.5", "20181030T", "t", "TrUe",
    ])
  func staysText(text: String) {
    // `-0` is a float64 of its own; the rest is nothing but text.
    #expect(type([text]) == (text == "-0" ? .float64 : .string))
  }

  @Test("a whole number that a float64 does not hold keeps a column of fractions from becoming one")
  func exactness() {
    #expect(type(["9007199254740992", "0.5"]) == .float64)
    #expect(type(["9007199254740993", "0.5"]) == .string)
    #expect(type(["100000000000000000000", "0.5"]) == .float64)
  }

  @Test(
    "a float64's shortest text comes back as the same float64",
    arguments: [
      0.4879263073031473, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, -4.224627596290295, 1e22,
      123456789012345680,
    ])
  func roundTrip(value: Double) {
    #expect(TextValue.float64(Array("\(value)".utf8)[...])?.bitPattern == value.bitPattern)
  }

  @Test("JSON's own types: strings are no numbers, numbers widen, lists stay apart")
  func typed() {
    func type(_ cells: [Cell]) -> ColumnType? {
      var record = InputRecord()
      record.bytes = Array("72018-10-30T18:00:00ZNaN".utf8)
      var inference = ColumnInference()
      for cell in cells { inference.observe(cell, in: record) }
      return inference.type
    }
    #expect(type([.string(0..<1)]) == .string)
    #expect(type([.string(1..<21)]) == .timestamp)
    #expect(type([.string(21..<24), .int64(1)]) == .float64)
    #expect(type([.string(21..<24), .string(0..<1)]) == .string)
    #expect(type([.int64(1), .null, .float64(0.5)]) == .float64)
    #expect(type([.int64(1)]) == .int64)
    #expect(type([.int64(1 << 60 + 1), .float64(0.5)]) == .string)
    #expect(type([.bool(true), .int64(1)]) == .string)
    #expect(type([.emptyList, .doubles([1])]) == .doubleList)
    #expect(type([.emptyList, .strings(["a"])]) == .stringList)
    #expect(type([.emptyList]) == .doubleList)
    #expect(type([.doubles([1]), .strings(["a"])]) == nil)
    #expect(type([.doubles([1]), .int64(1)]) == nil)
  }

  @Test("columns of several files are put together by name, and types widen over all of them")
  func severalFiles() throws {
    let directory = try TemporaryDirectory()
    var survey = InputSurvey()
    for text in ["id,x\na,1\nb,2\n", "x,y,id\n0.5,true,c\n"] {
      let reader = try CSVReader(ByteInput(directory.file("in.csv", text)), start: [])
      try survey.observe(reader, onBad: { throw $0 })
    }
    #expect(survey.columns == ["id", "x", "y"])
    #expect(survey.rowCount == 3)
    #expect(survey.columns.map { survey.inferences[$0]?.type } == [.string, .float64, .bool])
  }
}
