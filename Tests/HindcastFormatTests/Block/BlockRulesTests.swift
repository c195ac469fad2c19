import Testing

@testable import HindcastFormat

/// Bad blocks, each refused with an error that names the thing.
struct BlockRulesTests {
  private static func error(_ block: Block) -> FormatError? {
    thrown { () throws(FormatError) in try BlockValidation.check(block) }
  }

  private static func decodeError(_ bytes: [UInt8]) -> FormatError? {
    thrown { () throws(FormatError) in _ = try BlockDecoder.decode(bytes) }
  }

  /// A block message by hand: head and the columns' messages.
  private static func message(
    kind: UInt64 = 1, model: [UInt8] = Array("m".utf8), environment: UInt64 = 1, rows: UInt64 = 1, columns: [[UInt8]]
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendField(BlockField.kind, varint: kind)
    bytes.appendField(BlockField.model, bytes: model)
    bytes.appendField(BlockField.environment, varint: environment)
    bytes.appendField(BlockField.rows, varint: rows)
    for column in columns {
      bytes.appendVarint(BlockField.columns << 3 | 2)
      bytes.appendVarint(column.count)
      bytes += column
    }
    return bytes
  }

  private static func column(
    _ name: String, role: UInt64 = 3, type: UInt64, dimension: UInt64 = 0, _ fields: (Int, [UInt8])...
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendField(1, bytes: name.utf8)
    bytes.appendField(2, varint: role)
    bytes.appendField(3, varint: type)
    bytes.appendField(4, varint: dimension)
    for (number, value) in fields { bytes.appendField(number, bytes: value) }
    return bytes
  }

  private static let id = column("id", role: 1, type: 5, (10, Array("p1".utf8)))
  private static let time = column("time", role: 2, type: 7, (7, [2]))

  @Test("a small block made by hand is read")
  func byHand() throws {
    let block = try BlockDecoder.decode(
      Self.message(columns: [Self.id, Self.time, Self.column("x", type: 2, (7, [4]))]))
    #expect(block.column(.feature, "x")?.values == .int64([2]))
    #expect(block.times == [1])
  }

  @Test("unknown kinds, environments, roles and types are refused by name", arguments: [0, 99, 1 << 40])
  func unknownEnums(value: UInt64) {
    let good = [Self.id, Self.time]
    #expect(Self.decodeError(Self.message(kind: value, columns: good))?.message.contains("unknown kind") == true)
    #expect(
      Self.decodeError(Self.message(environment: value, columns: good))?.message.contains("unknown environment") == true
    )
    let role = Self.decodeError(Self.message(columns: good + [Self.column("x", role: value, type: 2, (7, [0]))]))
    #expect(role?.code == .invalid && role?.message.contains("\"x\", has the unknown role \(value)") == true)
    let type = Self.decodeError(Self.message(columns: good + [Self.column("x", type: value, (7, [0]))]))
    #expect(type?.code == .invalid && type?.message.contains("feature:x has the unknown type \(value)") == true)
  }

  @Test("a wrong row count names the column and both counts, plain and encoded")
  func wrongRowCount() throws {
    let plain = Self.decodeError(
      Self.message(columns: [Self.id, Self.time, Self.column("x", type: 2, (7, [4, 4, 4]))]))
    #expect(plain?.code == .invalid)
    #expect(plain?.message == "column feature:x: it has 3 rows, but the block has 1")
    let encoded = encode(feature("x", .int64, .int64([1, 2, 3])), with: ColumnEncoder(effort: .ingest, codec: .zlib))
    let error = Self.decodeError(Self.message(columns: [Self.id, Self.time, Self.column("x", type: 2, (15, encoded))]))
    #expect(error?.message == "column feature:x: it has 3 rows, but the block has 1")
    #expect(
      Self.error(predictions(2, [feature("x", .int64, .int64([1]))]))?.message
        == "column feature:x: it has 1 rows, but the block has 2")
  }

  @Test("values in the list of another type are refused with the name of the right one")
  func wrongList() {
    let error = Self.decodeError(Self.message(columns: [Self.id, Self.time, Self.column("x", type: 4, (7, [4]))]))
    #expect(error?.code == .invalid)
    #expect(
      error?.message == "column feature:x: it is of type float64, whose values go into float64s, but int64s holds 1")
  }

  @Test("plain and encoded values in one column are refused")
  func plainAndEncoded() {
    let error = Self.decodeError(
      Self.message(columns: [Self.id, Self.time, Self.column("x", type: 2, (7, [4]), (15, [1, 1, 0x20, 0]))]))
    #expect(error?.message.contains("feature:x has both plain and encoded values") == true)
  }

  @Test("names that are empty, too long, not UTF-8 or with control characters are refused")
  func names() {
    func named(_ name: String) -> FormatError? { Self.error(predictions(1, [feature(name, .int64, .int64([1]))])) }
    #expect(named(String(repeating: "n", count: Limits.columnNameBytesMax)) == nil)
    #expect(named(String(repeating: "n", count: Limits.columnNameBytesMax + 1))?.code == .overLimit)
    #expect(named("")?.code == .invalid)
    for bad in ["a\nb", "a\u{0}", "\u{7F}", "a\u{85}"] {
      #expect(named(bad)?.message.contains("control characters") == true)
    }
    for good in ["größe", "東京", "a b", "\u{A0}"] { #expect(named(good) == nil) }

    var block = predictions(1)
    block.stream.model = String(repeating: "m", count: Limits.modelNameBytesMax)
    block.stream.version = ""
    #expect(Self.error(block) == nil)
    block.stream.model += "m"
    #expect(Self.error(block)?.code == .overLimit)
    block.stream.model = ""
    #expect(Self.error(block)?.message == "model is empty; give it one")
    let columns = [Self.id, Self.time]
    #expect(
      Self.decodeError(Self.message(model: [0xFF], columns: columns))?.message
        == "model is not valid UTF-8; send text as UTF-8")
    #expect(
      Self.decodeError(Self.message(model: Array(repeating: 0x61, count: 129), columns: columns))?.message
        == "model has 129 bytes; the most is 128")
    #expect(Self.decodeError(Self.message(model: Array("a\tb".utf8), columns: columns))?.code == .invalid)
  }

  @Test("a column that is there twice is refused, but one name may stand in two roles")
  func duplicates() {
    let x = feature("x", .int64, .int64([1]))
    #expect(Self.error(predictions(1, [x, x]))?.message.contains("feature:x is there twice") == true)
    let tag = Column(ColumnSchema("x", role: .tag, type: .int64), .int64([1]))
    #expect(Self.error(predictions(1, [x, tag])) == nil)
  }

  @Test("predictions and actuals need an id and a time, without nulls and of the right type; other kinds do not")
  func idAndTime() {
    var block = predictions(2)
    let (id, time) = (block.columns[0], block.columns[1])
    for kind in [EventKind.prediction, .actual] {
      block.stream.kind = kind
      block.columns = [time]
      #expect(Self.error(block)?.message.contains("id:id") == true)
      block.columns = [id]
      #expect(Self.error(block)?.message.contains("time:time") == true)
    }
    block.stream.kind = .loss
    block.columns = []
    #expect(Self.error(block) == nil)
    block.columns = [Column(ColumnSchema("id", role: .id, type: .int64), .int64([1, 2])), time]
    #expect(Self.error(block)?.code == .invalid)
    block.columns = [Column(ColumnSchema("key", role: .id, type: .string), id.values), time]
    #expect(Self.error(block)?.code == .invalid)
    block.columns = [id, Column(ColumnSchema("time", role: .time, type: .int64), time.values)]
    #expect(Self.error(block)?.code == .invalid)
    var validity = Bitmap(repeating: true, count: 2)
    validity[1] = false
    block.columns = [Column(id.schema, id.values, validity: validity), time]
    #expect(Self.error(block)?.message == "column id:id: 1 rows have no value, but every event needs one")
    let nullID = Self.column("id", role: 1, type: 5, (5, [0]), (10, Array("p1".utf8)))
    #expect(
      Self.decodeError(Self.message(columns: [nullID, Self.time]))?.message.contains("id:id: 1 rows have no value")
        == true)
  }

  @Test("row counts of 0 and over the limit are refused, 1 and the limit are not")
  func rowLimits() throws {
    #expect(Self.error(predictions(0))?.code == .invalid)
    #expect(Self.decodeError(Self.message(rows: 0, columns: [Self.id, Self.time]))?.code == .invalid)
    #expect(Self.decodeError(Self.message(rows: UInt64(Limits.rowsMax) + 1, columns: []))?.code == .overLimit)
    #expect(Self.decodeError(Self.message(rows: 1 << 63, columns: []))?.code == .overLimit)
    let rows = Limits.rowsMax
    let loss = StreamKey(kind: .loss, model: "m", version: "", environment: .production)
    let block = Block(
      stream: loss, rowCount: rows, columns: [feature("n", .bool, .bool(Array(repeating: 1, count: rows)))])
    let bytes = try BlockEncoder(effort: .ingest).encode(block).bytes
    #expect(bytes.count < 100)
    #expect(try BlockDecoder.decode(bytes).rowCount == rows)
  }

  @Test("vectors have a dimension within the limit, and nothing else has one")
  func dimensions() {
    for dimension in [0, Limits.vectorDimensionMax + 1] {
      let vector = feature("v", .vector, .float32(Array(repeating: 0, count: dimension)), dimension: dimension)
      #expect(Self.error(predictions(1, [vector]))?.message.contains("feature:v: a vector's dimension") == true)
    }
    #expect(Self.error(predictions(1, [feature("v", .vector, .float32([1, 2]), dimension: 2)])) == nil)
    #expect(Self.error(predictions(2, [feature("v", .vector, .float32([1, 2, 3]), dimension: 2)]))?.code == .invalid)
    #expect(Self.error(predictions(1, [feature("x", .int64, .int64([1]), dimension: 1)]))?.code == .invalid)
    let huge = Self.column("v", type: 9, dimension: .max, (8, [0, 0, 0, 0]))
    #expect(Self.decodeError(Self.message(columns: [Self.id, Self.time, huge]))?.code == .invalid)
  }

  @Test("strings that are not UTF-8 are refused, in a column of bytes they are welcome")
  func utf8() throws {
    var strings = ByteStrings(["ok"])
    strings.append([0xC3])
    strings.append([0xA4])
    let text = feature("s", .string, .strings(strings))
    #expect(Self.error(predictions(3, [text]))?.message.contains("feature:s: string 1 is not valid UTF-8") == true)
    #expect(Self.error(predictions(3, [feature("s", .bytes, .strings(strings))])) == nil)
    let plain = Self.message(columns: [Self.id, Self.time, Self.column("s", type: 5, (10, [0xC3]))])
    #expect(Self.decodeError(plain)?.message.contains("feature:s: string 0 is not valid UTF-8") == true)
    // Encoded as bytes, sent as text.
    let encoded = encode(feature("s", .bytes, .strings(strings)), with: ColumnEncoder(effort: .ingest, codec: .zlib))
    #expect(throws: FormatError.self) { try decode(encoded, text) }
  }

  @Test("values of the wrong case, or whose offsets are broken, are refused before anything reads them")
  func brokenValues() {
    #expect(Self.error(predictions(1, [feature("x", .int64, .float64([1]))]))?.code == .invalid)
    #expect(Self.error(predictions(1, [feature("x", .bool, .bool([2]))]))?.code == .invalid)
    #expect(Self.error(predictions(1, [feature("x", .uuid, .uuid([1, 2]))]))?.code == .invalid)
    for offsets: [UInt32] in [[], [0], [1, 1], [0, 9], [0, 2, 1]] {
      let strings = ByteStrings(offsets: offsets, bytes: [0x61])
      #expect(Self.error(predictions(1, [feature("x", .string, .strings(strings))])) != nil)
      #expect(
        Self.error(predictions(1, [feature("x", .doubleList, .doubleList(offsets: offsets, elements: [1]))])) != nil)
    }
    let short = Bitmap(repeating: true, count: 1)
    var block = predictions(2, [feature("x", .int64, .int64([1, 2]))])
    block.columns[2].validity = short
    #expect(Self.error(block)?.message.contains("validity has 1 rows") == true)
  }
}
