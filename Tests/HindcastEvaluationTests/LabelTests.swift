import HindcastFormat
import Testing

@testable import HindcastEvaluation

@Suite("labels of different types")
struct LabelTests {
  @Test(
    "spellings of one label have one canonical text",
    arguments: [
      ("1", "1"), ("1.0", "1"), (" 1.00\r\n", "1"), ("true", "1"), ("True", "1"), ("TRUE", "1"), ("False", "0"),
      ("-0.0", "0"), ("-0", "0"), ("-1", "-1"), ("-1.50", "-1.5"), ("10", "10"), ("100.0", "100"), ("0.5", "0.5"),
      ("007", "007"), ("+1", "+1"), ("1e3", "1e3"), (".5", ".5"), ("1.", "1."), ("1.2.3", "1.2.3"), ("-", "-"),
      ("--1", "--1"), ("yes", "yes"), ("Yes", "Yes"), ("größer", "größer"),
    ])
  func strings(spelling: String, canonical: String) {
    #expect(LabelText.canonical(spelling) == canonical)
  }

  @Test("an empty string, white space and NaN are no label")
  func missing() {
    #expect(LabelText.canonical("") == nil)
    #expect(LabelText.canonical(" \t\n") == nil)
    #expect(LabelText.canonical(Double.nan) == nil)
    #expect(LabelText.canonical(Float.nan) == nil)
  }

  @Test("numbers of all types agree with the strings that show them")
  func numbers() {
    #expect(LabelText.canonical(true) == "1")
    #expect(LabelText.canonical(Int64(-7)) == "-7")
    #expect(LabelText.canonical(1.0) == "1")
    #expect(LabelText.canonical(-0.0) == "0")
    #expect(LabelText.canonical(0.1) == "0.1")
    #expect(LabelText.canonical(Float(0.1)) == "0.1")
    #expect(LabelText.canonical(1e16) == LabelText.canonical("10000000000000000"))
    #expect(LabelText.canonical(1e300) == "1e+300")
    #expect(LabelText.canonical(-Double.infinity) == "-inf")
  }

  @Test("columns of every label type give equal labels equal numbers")
  func columns() throws {
    var labels = LabelDictionary()
    let columns: [(ColumnType, ColumnValues)] = [
      (.int64, .int64([1, 0, 1])), (.float64, .float64([1, 0, 1])), (.float32, .float32([1, -0.0, 1])),
      (.bool, .bool([1, 0, 1])), (.string, .strings(ByteStrings(["1", "false", "1.0"]))),
    ]
    for (type, values) in columns {
      let column = Column(ColumnSchema("label", role: .output, type: type), values)
      #expect(try labels.numbers(of: column, rowCount: 3) == [1, 2, 1], "\(type)")
    }
    #expect(labels.texts == ["", "1", "0"])
  }

  @Test("a null and a NaN have no label, whatever stands in their place")
  func nulls() throws {
    var labels = LabelDictionary()
    var validity = Bitmap(repeating: true, count: 3)
    validity[0] = false
    let column = Column(
      ColumnSchema("label", role: .output, type: .float64), .float64([1, .nan, 1]), validity: validity)
    #expect(try labels.numbers(of: column, rowCount: 3) == [LabelDictionary.none, LabelDictionary.none, 1])
  }

  @Test(
    "a column that holds no labels is refused by name",
    arguments: [
      (ColumnType.timestamp, ColumnValues.int64([1])), (.bytes, .strings(ByteStrings(["1"]))),
      (.uuid, .uuid([UInt8](repeating: 0, count: 16))), (.vector, .float32([1])),
      (.doubleList, .doubleList(offsets: [0, 0], elements: [])),
    ])
  func unusable(type: ColumnType, values: ColumnValues) {
    var labels = LabelDictionary()
    var schema = ColumnSchema("verdict", role: .output, type: type)
    if type == .vector { schema.dimension = 1 }
    let text = message { _ = try labels.numbers(of: Column(schema, values), rowCount: 1) }
    #expect(text?.contains("output:verdict") == true)
    #expect(text?.contains(type.word) == true)
  }

  @Test("more distinct labels than the limit are refused, as many are not")
  func limit() throws {
    var labels = LabelDictionary()
    let most = EvaluationLimits.labelsMax
    let schema = ColumnSchema("label", role: .actual, type: .int64)
    let values = (0..<Int64(most)).map { $0 }
    _ = try labels.numbers(of: Column(schema, .int64(values)), rowCount: most)
    let text = message { _ = try labels.numbers(of: Column(schema, .int64([-1])), rowCount: 1) }
    #expect(text?.contains("distinct labels") == true)
  }

  @Test("scores are read from every type of number; null is none and minus zero is zero")
  func scores() throws {
    func read(_ type: ColumnType, _ values: ColumnValues, _ validity: Bitmap? = nil) throws -> [Double] {
      let schema = ColumnSchema("score", role: .output, type: type)
      return try ScoreReading.scores(of: Column(schema, values, validity: validity), rowCount: 2)
    }
    #expect(try read(.float64, .float64([0.1, 1])) == [0.1, 1])
    #expect(try read(.float32, .float32([0.5, 0.25])) == [0.5, 0.25])
    #expect(try read(.int64, .int64([0, 1])) == [0, 1])
    #expect(try read(.bool, .bool([1, 0])) == [1, 0])
    let zeros = try read(.float64, .float64([-0.0, 0]))
    #expect(zeros[0].bitPattern == zeros[1].bitPattern)
    var validity = Bitmap(repeating: true, count: 2)
    validity[1] = false
    #expect(try read(.float64, .float64([0.5, 0]), validity)[1].isNaN)
    let text = message { _ = try read(.string, .strings(ByteStrings(["0.5", "0.6"]))) }
    #expect(text?.contains("output:score") == true)
  }
}
