internal import HindcastFormat

/// What the footer says of a column chunk. Offsets are from the start of the file.
struct ParquetColumnChunk {
  var column: ParquetColumn
  var encodings: [Int32]
  /// Rows, or for lists the elements together with one for each null or empty list.
  var valueCount: Int
  var uncompressedByteCount = 0
  var compressedByteCount = 0
  var dictionaryPageOffset: Int?
  var dataPageOffset = 0
  var statistics: ColumnStatistics
}

/// Turns a column's waiting values into pages: an optional dictionary page, then data pages (version 1), each
/// compressed on its own.
struct ParquetPageWriter {
  /// The size that data pages aim for before compression.
  static let pageBytesTarget = 1 << 20

  let compressor: ByteCompressor
  let level: Int

  /// Appends the chunk's pages to `output`, whose first byte stands at `offset` in the file.
  func append(_ buffer: ParquetColumnBuffer, to output: inout [UInt8], offset: Int) -> ParquetColumnChunk {
    let dictionary = ParquetDictionary(buffer.values, buffer.column.type)
    var chunk = ParquetColumnChunk(
      column: buffer.column,
      encodings: [ParquetCode.runLength, ParquetCode.plain]
        + (dictionary == nil ? [] : [ParquetCode.runLengthDictionary]),
      valueCount: 0, statistics: ColumnStatistics(buffer))
    if let dictionary {
      chunk.dictionaryPageOffset = offset + output.count
      var body: [UInt8] = []
      PlainEncoding.append(buffer.values, buffer.column.type, indices: dictionary.entries, to: &body)
      appendPage(body, type: ParquetCode.dictionaryPage, to: &output, &chunk) { header in
        header.structure(7) {
          $0.int32(1, Int32(dictionary.entries.count))
          $0.int32(2, ParquetCode.plain)
        }
      }
    }
    chunk.dataPageOffset = offset + output.count
    var cursor = PageCursor()
    let rowsPerPage = max(1, buffer.rowCount * Self.pageBytesTarget / max(buffer.byteCount, Self.pageBytesTarget))
    repeat {
      appendDataPage(buffer, dictionary, rowsPerPage, &cursor, to: &output, &chunk)
    } while cursor.row < buffer.rowCount
    return chunk
  }

  /// Where the next page begins: in rows, in lists that are not null, and in values.
  private struct PageCursor {
    var row = 0
    var list = 0
    var value = 0
  }

  private func appendDataPage(
    _ buffer: ParquetColumnBuffer, _ dictionary: ParquetDictionary?, _ rowsPerPage: Int, _ cursor: inout PageCursor,
    to output: inout [UInt8], _ chunk: inout ParquetColumnChunk
  ) {
    let rows = cursor.row..<min(cursor.row + rowsPerPage, buffer.rowCount)
    let firstValue = cursor.value
    var levels = ParquetLevels()
    levels.fill(buffer, rows: rows, list: &cursor.list, value: &cursor.value)
    cursor.row = rows.upperBound
    var body: [UInt8] = []
    levels.append(to: &body, column: buffer.column)
    let values = firstValue..<cursor.value
    if let dictionary {
      let bitWidth = RunLengthEncoding.bitWidth(forCount: dictionary.entries.count)
      body.append(UInt8(bitWidth))
      RunLengthEncoding.append(dictionary.codes[values], bitWidth: bitWidth, to: &body)
    } else {
      PlainEncoding.append(buffer.values, buffer.column.type, range: values, to: &body)
    }
    chunk.valueCount += levels.count
    appendPage(body, type: ParquetCode.dataPage, to: &output, &chunk) { header in
      header.structure(5) {
        $0.int32(1, Int32(levels.count))
        $0.int32(2, dictionary == nil ? ParquetCode.plain : ParquetCode.runLengthDictionary)
        $0.int32(3, ParquetCode.runLength)
        $0.int32(4, ParquetCode.runLength)
      }
    }
  }

  private func appendPage(
    _ body: [UInt8], type: Int32, to output: inout [UInt8], _ chunk: inout ParquetColumnChunk,
    header fields: (inout ThriftCompactWriter) -> Void
  ) {
    let compressed = body.withUnsafeBytes { compressor.compress($0, codec: .zstd, level: level) }
    let header = ThriftCompactWriter.structure {
      $0.int32(1, type)
      $0.int32(2, Int32(body.count))
      $0.int32(3, Int32(compressed.count))
      fields(&$0)
    }
    output += header
    output += compressed
    chunk.uncompressedByteCount += header.count + body.count
    chunk.compressedByteCount += header.count + compressed.count
  }
}
