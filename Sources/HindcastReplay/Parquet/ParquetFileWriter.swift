internal import HindcastFormat

/// Writes one Parquet file row group by row group: what has been flushed is on its way to disk, and only its metadata
/// stays in memory. The file is complete, and durable, when `finish` has returned.
final class ParquetFileWriter {
  /// Rows of a row group; also bounded by `rowGroupBytesMax`, so that long texts do not fill the memory.
  static let rowGroupRowsMax = 131_072
  static let rowGroupBytesMax = 64 << 20

  /// The statistics of whole columns over all row groups, in the order of `columns`.
  private(set) var statistics: [ColumnStatistics]
  private(set) var buffers: [ParquetColumnBuffer]
  private var footer: ParquetFooter
  private let file: OutputFile
  private let pages: ParquetPageWriter

  private static let magic = Array("PAR1".utf8)

  /// Makes the file; there must be none at the path. `level` is zstd's.
  init(_ path: String, columns: [ParquetColumn], compressor: ByteCompressor, level: Int = 3) throws(ReplayError) {
    precondition(!columns.isEmpty)
    file = try OutputFile(path, .new)
    footer = ParquetFooter(columns: columns)
    buffers = columns.map { ParquetColumnBuffer($0) }
    statistics = columns.map { _ in ColumnStatistics() }
    pages = ParquetPageWriter(compressor: compressor, level: level)
    try file.write(Self.magic)
  }

  var path: String { file.path }
  var columns: [ParquetColumn] { footer.columns }
  var byteCount: Int { file.byteCount }
  /// Rows of row groups that are written, and those that wait.
  var rowCount: Int { footer.rowCount + waitingRowCount }
  var waitingRowCount: Int { buffers[0].rowCount }
  /// Rows that the row group being filled still takes.
  var rowGroupRoom: Int { Self.rowGroupRowsMax - waitingRowCount }
  /// Before the first row group is written a column can still be added.
  var takesColumns: Bool { footer.rowGroups.isEmpty }

  /// A new column, null in the rows that are there. Only while `takesColumns`.
  func add(_ column: ParquetColumn) {
    precondition(takesColumns)
    var buffer = ParquetColumnBuffer(column)
    buffer.appendNulls(count: waitingRowCount)
    footer.columns.append(column)
    buffers.append(buffer)
    statistics.append(ColumnStatistics())
  }

  /// Adds up to `rowGroupRoom` rows: `body` fills the buffer of each column, by its place among the columns, with as many.
  func append(rows count: Int, _ body: (Int, inout ParquetColumnBuffer) -> Void) throws(ReplayError) {
    precondition(count <= rowGroupRoom)
    let expected = waitingRowCount + count
    for index in buffers.indices {
      body(index, &buffers[index])
      precondition(buffers[index].rowCount == expected, "every column gets every row")
    }
    if rowGroupRoom == 0 || buffers.reduce(0, { $0 + $1.byteCount }) >= Self.rowGroupBytesMax { try flushRowGroup() }
  }

  /// Writes what waits and the footer, and waits for the disk.
  func finish() throws(ReplayError) {
    try flushRowGroup()
    let metadata = footer.bytes
    try file.write(metadata)
    var end: [UInt8] = []
    end.appendLittleEndian(UInt32(metadata.count))
    try file.write(end + Self.magic)
    try file.synchronize()
  }

  private func flushRowGroup() throws(ReplayError) {
    let rowCount = waitingRowCount
    guard rowCount > 0 else { return }
    var group = ParquetFooter.RowGroup(chunks: [], rowCount: rowCount, offset: file.byteCount)
    for index in buffers.indices {
      var bytes: [UInt8] = []
      let chunk = pages.append(buffers[index], to: &bytes, offset: file.byteCount)
      try file.write(bytes)
      statistics[index].merge(chunk.statistics)
      group.chunks.append(chunk)
      buffers[index].removeAll()
    }
    footer.rowGroups.append(group)
  }
}
