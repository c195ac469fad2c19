import Testing

@testable import HindcastFormat

struct BlockBuilderTests {
  private static let types: [(String, ColumnType, Int)] = [
    ("bool", .bool, 0), ("int64", .int64, 0), ("float32", .float32, 0), ("float64", .float64, 0),
    ("string", .string, 0),
    ("bytes", .bytes, 0), ("timestamp", .timestamp, 0), ("uuid", .uuid, 0), ("vector", .vector, 3),
    ("string_list", .stringList, 0), ("double_list", .doubleList, 0),
  ]

  private static func fill(_ builder: inout BlockBuilder, rows: Int, nullEvery: Int) throws {
    let id = try builder.column(ColumnSchema("id", role: .id, type: .string))
    let time = try builder.column(ColumnSchema("time", role: .time, type: .timestamp))
    var columns: [Int] = []
    for (name, type, dimension) in types {
      columns.append(try builder.column(ColumnSchema(name, role: .feature, type: type, dimension: dimension)))
    }
    for row in 0..<rows {
      builder.append("id-\(row)", to: id)
      builder.append(Int64(row) * 1_000, to: time)
      if row % nullEvery != 0 {
        builder.append(row % 2 == 0, to: columns[0])
        builder.append(Int64(row), to: columns[1])
        builder.append(Float(row) / 3, to: columns[2])
        builder.append(Double(row) / 4, to: columns[3])
        builder.append("s\(row % 5)", to: columns[4])
        builder.append([UInt8(row & 255), 0xFF], to: columns[5])
        builder.append(Int64(row) * 60_000_000, to: columns[6])
        builder.append(uuid: [UInt8](repeating: UInt8(row & 255), count: 16), to: columns[7])
        builder.append(vector: [Float(row), 0, -1], to: columns[8])
        builder.append(list: (0..<row % 3).map { "e\($0)" }, to: columns[9])
        builder.append(list: (0..<row % 4).map { Double($0) }, to: columns[10])
      }
      builder.endRow()
    }
  }

  @Test("what is appended comes out of the block, with nulls where nothing was")
  func everyType() throws {
    var builder = BlockBuilder(stream: fraudStream)
    try Self.fill(&builder, rows: 50, nullEvery: 7)
    let rawByteCount = builder.rawByteCount
    let block = builder.take()
    #expect(rawByteCount > 0 && rawByteCount <= block.rawByteCount)
    try BlockValidation.check(block)
    #expect(block.rowCount == 50)
    for (name, _, _) in Self.types {
      let column = try #require(block.column(.feature, name))
      #expect((0..<50).allSatisfy { column.isNull($0) == ($0 % 7 == 0) }, "\(name)")
    }
    let quarters = (0..<50).map { (row: Int) -> Double in row % 7 == 0 ? 0 : Double(row) / 4 }
    #expect(block.column(.feature, "float64")?.values == ColumnValues.float64(quarters))
    let decoded = try BlockDecoder.decode(try BlockEncoder(effort: .ingest).encode(block).bytes)
    #expect(decoded == block)
  }

  @Test("after take the builder is empty, knows its columns, and gives equal blocks for equal rows")
  func takeAgain() throws {
    var builder = BlockBuilder(stream: fraudStream)
    try Self.fill(&builder, rows: 33, nullEvery: 5)
    let first = builder.take()
    #expect(builder.rowCount == 0 && builder.rawByteCount == 0)
    #expect(builder.schemas.count == Self.types.count + 2)
    try Self.fill(&builder, rows: 33, nullEvery: 5)
    #expect(builder.take() == first)
  }

  @Test("a column that comes midway has nulls before it")
  func newColumn() throws {
    var builder = BlockBuilder(stream: fraudStream)
    let one = try builder.column(ColumnSchema("one", role: .feature, type: .int64))
    for row in 0..<70 {
      builder.append(Int64(row), to: one)
      builder.endRow()
    }
    let late = try builder.column(ColumnSchema("late", role: .feature, type: .string))
    builder.append("x", to: late)
    builder.endRow()
    let block = builder.take()
    let column = try #require(block.column(.feature, "late"))
    #expect(column.nullCount == 70 && !column.isNull(70))
    #expect(block.column(.feature, "one")?.isNull(70) == true)
  }

  @Test("a column without any value is left out of the block")
  func emptyColumn() throws {
    var builder = BlockBuilder(stream: fraudStream)
    let used = try builder.column(ColumnSchema("used", role: .feature, type: .int64))
    _ = try builder.column(ColumnSchema("unused", role: .feature, type: .int64))
    builder.append(1 as Int64, to: used)
    builder.endRow()
    #expect(builder.take().columns.map(\.name) == ["used"])
  }

  @Test("a row that is dropped leaves nothing behind, whatever its values")
  func dropRow() throws {
    var builder = BlockBuilder(stream: fraudStream)
    try Self.fill(&builder, rows: 10, nullEvery: 3)
    var other = builder
    let names = Self.types
    for (name, type, dimension) in names {
      let column = try builder.column(ColumnSchema(name, role: .feature, type: type, dimension: dimension))
      switch type {
      case .bool: builder.append(true, to: column)
      case .int64, .timestamp: builder.append(9 as Int64, to: column)
      case .float32: builder.append(9 as Float, to: column)
      case .float64: builder.append(9 as Double, to: column)
      case .string: builder.append("nine", to: column)
      case .bytes: builder.append([9], to: column)
      case .uuid: builder.append(uuid: [UInt8](repeating: 9, count: 16), to: column)
      case .vector: builder.append(vector: [9, 9, 9], to: column)
      case .stringList: builder.append(list: ["9", "9"], to: column)
      case .doubleList: builder.append(list: [9, 9], to: column)
      }
      #expect(builder.hasValue(in: column))
    }
    builder.dropRow()
    #expect(builder.take() == other.take())
  }

  @Test("a column of the same name and another type is refused, and one of another role is another column")
  func conflictingTypes() throws {
    var builder = BlockBuilder(stream: fraudStream)
    let feature = try builder.column(ColumnSchema("x", role: .feature, type: .int64))
    #expect(try builder.column(ColumnSchema("x", role: .tag, type: .string)) != feature)
    #expect(try builder.column(ColumnSchema("x", role: .feature, type: .int64)) == feature)
    let error = thrown { () throws(FormatError) in
      _ = try builder.column(ColumnSchema("x", role: .feature, type: .float64))
    }
    #expect(error?.code == .invalid)
    #expect(error?.message.contains("feature:x") == true)
    #expect(builder.find(.feature, "x")?.column == feature)
    #expect(builder.find(.feature, "y") == nil)
  }

  @Test("a block has no more columns than the limit")
  func columnLimit() throws {
    var builder = BlockBuilder(stream: fraudStream)
    for index in 0..<Limits.columnsMax {
      _ = try builder.column(ColumnSchema("c\(index)", role: .feature, type: .bool))
    }
    let error = thrown { () throws(FormatError) in
      _ = try builder.column(ColumnSchema("one more", role: .feature, type: .bool))
    }
    #expect(error?.code == .overLimit)
  }
}
