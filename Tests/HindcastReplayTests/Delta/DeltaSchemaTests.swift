import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("A table's schema")
struct DeltaSchemaTests {
  private func feature(_ name: String, _ type: ColumnType) -> DeltaColumnSource {
    DeltaColumnSource(ColumnSchema(name, role: .feature, type: type))
  }

  @Test("a new table has id, time and where each row stands in the log")
  func start() {
    #expect(DeltaSchema().columns.map(\.parquet.name) == ["id", "time", "model", "version", "environment", "position"])
    #expect(
      DeltaSchema(hasIDs: false).columns.map(\.parquet.name) == ["time", "model", "version", "environment", "position"])
  }

  @Test("a schema comes back from its text with every source at its place", arguments: ColumnType.allCases)
  func roundTrip(type: ColumnType) throws {
    var schema = DeltaSchema()
    _ = schema.place(feature("x", type))
    _ = schema.place(feature("x", type == .bool ? .string : .bool))
    _ = schema.place(feature("X", type))
    var read = try DeltaSchema(parsing: schema.text, table: "t")
    #expect(read.columns.map(\.parquet) == schema.columns.map(\.parquet))
    #expect(read.columns.map(\.source) == schema.columns.map(\.source))
    #expect(read.place(feature("x", type)) == 6)
    #expect(read.columns.count == schema.columns.count, "nothing was added a second time")
    #expect(read.text == schema.text)
  }

  @Test("a column keeps its source when it has been renamed")
  func renamed() throws {
    var schema = DeltaSchema()
    _ = schema.place(feature("x", .float64))
    var renamed = try DeltaSchema(parsing: schema.text.replacing("\"feature_x\"", with: "\"betrag\""), table: "t")
    #expect(renamed.place(feature("x", .float64)) == 6)
    #expect(renamed.columns[6].parquet.name == "betrag")
  }

  @Test("a column that others added stays, keeps its name to itself, and is not filled")
  func foreign() throws {
    let foreign = #"{"name":"FEATURE_X","type":"integer","nullable":true,"metadata":{}}"#
    let text = DeltaSchema().text.replacing("\"fields\":[", with: "\"fields\":[\(foreign),")
    var schema = try DeltaSchema(parsing: text, table: "t")
    #expect(schema.columns.count == 6)
    let place = schema.place(feature("x", .float64))
    #expect(schema.columns[place].parquet.name.hasPrefix("feature_x_"))
    #expect(schema.text.contains(foreign))
  }

  @Test("a column of others that may not be null is refused by its name")
  func notNullable() {
    let foreign = #"{"name":"customer","type":"string","nullable":false,"metadata":{}}"#
    let text = DeltaSchema().text.replacing("\"fields\":[", with: "\"fields\":[\(foreign),")
    let error = #expect(throws: ReplayError.self) { try DeltaSchema(parsing: text, table: "the-table") }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("customer") == true && error?.message.contains("the-table") == true)
  }

  @Test(
    "a damaged schema is an error that names the table",
    arguments: ["", "{", "[]", "{}", #"{"fields":7}"#, #"{"fields":[{}]}"#, #"{"fields":[7]}"#])
  func damaged(text: String) {
    let error = #expect(throws: ReplayError.self) { try DeltaSchema(parsing: text, table: "the-table") }
    #expect(error?.code == .damagedSink)
    #expect(error?.message.contains("the-table") == true)
  }

  @Test("a list's type is known whatever the order of its members")
  func listType() throws {
    let type = try JSONParser.parse(
      #"{"containsNull":true,"elementType":"double","type":"array"}"#.utf8, source: "test")
    #expect(DeltaType(schema: type) == .doubleList)
    #expect(DeltaType(schema: .string("integer")) == nil)
  }
}
