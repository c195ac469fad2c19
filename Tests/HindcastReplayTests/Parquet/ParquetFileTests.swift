import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("Parquet files")
struct ParquetFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var path: String { "\(folder.path)/x.parquet" }

  /// Writes one column, in parts, and gives what a reader finds.
  private func write(_ column: Column, parts: Int = 1) throws -> ParquetReader {
    let writer = try ParquetFileWriter(
      path, columns: [DeltaType(column.schema.type).parquetColumn("x")], compressor: ByteCompressor())
    let step = max(1, column.rowCount / parts)
    var start = 0
    while start < column.rowCount {
      let end = min(start + min(step, writer.rowGroupRoom), column.rowCount)
      try writer.append(rows: end - start) { $1.append(column, rows: start..<end) }
      start = end
    }
    try writer.finish()
    #expect(writer.byteCount == (try ParquetReader(path)).bytes.count)
    return try ParquetReader(path)
  }

  @Test("every type comes back as it was, with nulls and without", arguments: ColumnType.allCases, [0, 0.3, 1])
  func roundTrip(type: ColumnType, nullShare: Double) throws {
    for rowCount in [1, 7, 8, 9, 300] {
      let sample = SampleColumn(type, rowCount: rowCount, nullShare: nullShare, seed: UInt64(rowCount))
      let file = try write(sample.column, parts: 3)
      #expect(file.rowCount == rowCount)
      #expect(try file.column("x") == sample.cells)
      try folder.remove("x.parquet")
    }
  }

  @Test("a file without a row is whole")
  func empty() throws {
    let file = try write(SampleColumn(.string, rowCount: 0, nullShare: 0, seed: 1).column)
    #expect(file.rowCount == 0)
    #expect(file.rowGroups.isEmpty)
  }

  @Test("rows over a row group's most begin the next one")
  func rowGroups() throws {
    let count = ParquetFileWriter.rowGroupRowsMax + 5
    let numbers = (0..<count).map { Int64($0) as Int64? }
    let file = try write(TestEvents.column("x", .feature, numbers), parts: 7)
    #expect(file.rowGroups.compactMap { $0[3]?.integer } == [count - 5, 5])
    #expect(file.rowGroups.compactMap { $0[7]?.integer } == [0, 1])
    #expect(try file.column("x") == numbers.map { .integer($0!) })
  }

  @Test("a chunk of over a mebibyte has several pages, which together are its rows")
  func pages() throws {
    let texts = (0..<40_000).map { "\($0)-" + String(repeating: "x", count: 60) as String? }
    let file = try write(TestEvents.column("x", .feature, texts), parts: 3)
    #expect(try ParquetChunkReader(file.bytes, file.chunks(0)[0]).pages().count >= 3)
    #expect(try file.column("x") == texts.map { .text($0!) })
  }

  @Test("a column that comes later is null in the rows before")
  func laterColumn() throws {
    let writer = try ParquetFileWriter(
      path, columns: [ParquetColumn(name: "a", type: .int64)], compressor: ByteCompressor())
    try writer.append(rows: 2) { $1.append(7, count: 2) }
    writer.add(ParquetColumn(name: "b", type: .string))
    try writer.append(rows: 1) { if $0 == 0 { $1.append(8, count: 1) } else { $1.append([0x62], count: 1) } }
    try writer.finish()
    let file = try ParquetReader(path)
    #expect(try file.column("a") == [.integer(7), .integer(7), .integer(8)])
    #expect(try file.column("b") == [.null, .null, .text("b")])
    #expect(writer.statistics.map(\.nullCount) == [0, 2])
  }

  @Test("the footer names types, statistics and offsets as parquet.thrift numbers them")
  func footer() throws {
    let file = try write(TestEvents.column("x", .feature, [3, nil, -1] as [Int64?]))
    #expect(file.footer[1]?.integer == 1)
    #expect(file.footer[6]?.text?.hasPrefix("hindcast version ") == true)
    let schema = file.footer[2]?.list ?? []
    #expect(schema.count == 2 && schema[0][5]?.integer == 1)
    #expect(schema[1][1]?.integer == 2 && schema[1][3]?.integer == 1 && schema[1][4]?.text == "x")
    let chunk = file.chunks(0)[0]
    #expect(chunk[4]?.integer == 6 && chunk[9]?.integer == 4)
    let statistics = chunk[12]
    #expect(statistics?[3]?.integer == 1)
    #expect(statistics?[6]?.binary == PlainEncoding.statistic(Int64(-1)))
    #expect(statistics?[5]?.binary == PlainEncoding.statistic(Int64(3)))
  }

  @Test("a file that is there is not written over")
  func exists() throws {
    try folder.write("x.parquet", "mine")
    #expect(throws: ReplayError.self) {
      try ParquetFileWriter(
        path, columns: [ParquetColumn(name: "a", type: .int64)], compressor: ByteCompressor())
    }
    #expect(try folder.read("x.parquet") == "mine")
  }
}
