import Testing

@testable import HindcastFormat

@Suite struct ConditionTests {
  @Test("conditions are read as they are written, and written so that they are read again")
  func text() throws {
    let read: [(String, ColumnCondition)] = [
      ("amount >= 100", ColumnCondition("amount", .greaterOrEqual, .integer(100))),
      ("  amount<-1.5e3 ", ColumnCondition("amount", .less, .number(-1_500))),
      ("feature:amount != 0.1", ColumnCondition("feature:amount", .notEqual, .number(0.1))),
      ("tag:region = 'eu'", ColumnCondition("tag:region", .equal, .text("eu"))),
      ("tag:region = eu west", ColumnCondition("tag:region", .equal, .text("eu west"))),
      ("version = '7'", ColumnCondition("version", .equal, .text("7"))),
      ("note <= \"it's \"\"so\"\"\"", ColumnCondition("note", .lessOrEqual, .text("it's \"so\""))),
      ("\"a<b\" > 1", ColumnCondition("a<b", .greater, .integer(1))),
      ("is_fraud = true", ColumnCondition("is_fraud", .equal, .truth(true))),
      ("name = 'true'", ColumnCondition("name", .equal, .text("true"))),
      ("note = ''", ColumnCondition("note", .equal, .text(""))),
      ("n = 9223372036854775807", ColumnCondition("n", .equal, .integer(.max))),
    ]
    for (text, condition) in read {
      #expect(try ColumnCondition(parsing: text) == condition, "\(text)")
      #expect(try ColumnCondition(parsing: "\(condition)") == condition, "\(condition)")
    }
  }

  @Test(
    "what is no condition is refused, and the message shows one",
    arguments: ["", "amount", "= 3", "amount =", "amount ~ 3", "a = 'b", "a = 'b' c", "\"a = 3"])
  func badText(text: String) {
    let error = #expect(throws: FormatError.self) { try ColumnCondition(parsing: text) }
    #expect(error?.code == .badCondition && error?.message.contains("amount >= 100") == true)
  }

  private static func column(_ type: ColumnType, _ values: ColumnValues, validity: Bitmap? = nil) -> Block {
    Block(
      stream: StreamKey(kind: .prediction, model: "m", version: "", environment: .production),
      rowCount: values.rowCount(dimension: 0),
      columns: [Column(ColumnSchema("x", role: .feature, type: type), values, validity: validity)])
  }

  private static func rows(_ condition: String, _ block: Block) throws -> [Int] {
    try [ColumnCondition(parsing: condition)].mask(block).setRows
  }

  @Test("integers are compared exactly, with fractions too")
  func integers() throws {
    let block = Self.column(.int64, .int64([.min, -1, 0, 9_007_199_254_740_993, .max]))
    #expect(try Self.rows("x < 0.5", block) == [0, 1, 2])
    #expect(try Self.rows("x >= -0.5", block) == [2, 3, 4])
    #expect(try Self.rows("x = 0.5", block) == [])
    #expect(try Self.rows("x != 0.5", block) == [0, 1, 2, 3, 4])
    #expect(try Self.rows("x = 9007199254740993", block) == [3])
    #expect(try Self.rows("x > 1e30", block) == [])
    #expect(try Self.rows("x > -1e30", block) == [0, 1, 2, 3, 4])
    #expect(try Self.rows("x <= 1e30", block) == [0, 1, 2, 3, 4])
    #expect(try Self.rows("feature:x > -1", block) == [2, 3, 4])
    #expect(try Self.rows("output:x > -1", block) == [])
  }

  @Test("NaN meets != only, no value meets nothing, zeros are equal")
  func floats() throws {
    let validity = Bitmap(bytes: [0b1_0111], count: 5)
    let block = Self.column(.float64, .float64([.nan, -0.0, 1.5, 0, .infinity]), validity: validity)
    #expect(try Self.rows("x = 0", block) == [1])
    #expect(try Self.rows("x != 0", block) == [0, 2, 4])
    #expect(try Self.rows("x > 1e308", block) == [4])
    #expect(try Self.rows("x <= 1.5", block) == [1, 2])
  }

  @Test("texts, times, uuids and truths are compared by their own order")
  func others() throws {
    let texts = Self.column(.string, .strings(ByteStrings(["eu", "", "us", "eu-west"])))
    #expect(try Self.rows("x = eu", texts) == [0])
    #expect(try Self.rows("x >= eu", texts) == [0, 2, 3])
    #expect(try Self.rows("x != ''", texts) == [0, 2, 3])
    let times = Self.column(.timestamp, .int64([0, 86_400_000_000]))
    #expect(try Self.rows("x < '1970-01-02'", times) == [0])
    #expect(try Self.rows("x >= 86400000000", times) == [1])
    let truths = Self.column(.bool, .bool([0, 1]))
    #expect(try Self.rows("x = true", truths) == [1])
    #expect(try Self.rows("x = 0", truths) == [0])
    let uuids = Self.column(.uuid, .uuid([UInt8](repeating: 0x11, count: 16) + [UInt8](repeating: 0xab, count: 16)))
    #expect(try Self.rows("x = 'ABABABAB-abab-abab-abab-abababababab'", uuids) == [1])
  }

  @Test("a value of another kind than the column's is an error that says what to write")
  func mismatch() throws {
    let cases: [(ColumnType, String, String)] = [
      (.string, "x = 7", "quotes"), (.float64, "x = eu", "a number"), (.int64, "x = true", "a number"),
      (.timestamp, "x > yesterday", "2026-11-27T08:00:00Z"), (.uuid, "x = eu", "no uuid"),
      (.stringList, "x = eu", "not compared"),
    ]
    for (type, condition, word) in cases {
      let block = Self.column(type, .empty(type))
      let error = #expect(throws: FormatError.self) { try Self.rows(condition, block) }
      #expect(error?.code == .badCondition && error?.message.contains(word) == true, "\(condition)")
    }
  }

  @Test("a block is passed over only if none of its rows meets the conditions")
  func zones() throws {
    var random = RandomColumns(seed: 21)
    var (passed, met) = (0, 0)
    for round in 0..<40 {
      let block = random.block(rowCount: [1, 3, 50, 300][round % 4])
      let zones = block.columns.map { ColumnZone($0.schema, ZoneStatistics($0)) }
      for column in block.columns {
        for comparison in ColumnCondition.Comparison.allCases {
          for value in try Self.values(column, &random.generator) {
            let conditions = [ColumnCondition(column.schema.qualifiedName, comparison, value)]
            let rows = try conditions.mask(block).setCount
            let may = conditions.mayMeet(zones, rowCount: block.rowCount)
            if rows > 0 { #expect(may, "\(conditions[0])") }
            passed += may ? 0 : 1
            met += rows > 0 ? 1 : 0
          }
        }
      }
    }
    // Both happen, and often.
    #expect(passed > 1_000 && met > 1_000)
  }

  /// Some that are there, and some beside.
  private static func values(
    _ column: Column, _ generator: inout SeededGenerator
  ) throws -> [ColumnCondition.Value] {
    let row = Int.random(in: 0..<column.rowCount, using: &generator)
    switch column.values {
    case .bool(let values): return [.truth(values[row] != 0), .truth(true)]
    case .int64(let values):
      let beside = values[row].addingReportingOverflow(1).partialValue
      return [.integer(values[row]), .integer(beside)]
        + (column.schema.type == .int64 ? [.number(Double(values[row]) + 0.5), .number(-1e30)] : [])
    case .float64(let values): return [.number(values[row]), .number(values[row].nextUp), .integer(0)]
    case .float32(let values) where column.schema.type == .float32:
      return [.number(Double(values[row])), .number(1e300)]
    case .strings(let values):
      let text = values.string(row)
      return [.text(text), .text(text + "x"), .text("")]
    case .uuid(let values): return [.text(UUIDText.format(values[row * 16..<(row + 1) * 16]))]
    default: return []
    }
  }
}
