internal import HindcastFormat

/// The definition levels of a page, and for lists the repetition levels: which rows, lists and elements there are.
struct ParquetLevels {
  private var definition: [UInt32] = []
  private var repetition: [UInt32] = []
  /// Set instead of `definition` when every level is the same, which is the usual case.
  private var uniform: (level: UInt32, count: Int)?

  /// Levels in the page.
  var count: Int { uniform?.count ?? definition.count }

  /// The levels of some rows; `list` and `value` move on by the lists and values that those rows have.
  mutating func fill(_ buffer: ParquetColumnBuffer, rows: Range<Int>, list: inout Int, value: inout Int) {
    if buffer.column.isList {
      for row in rows { appendList(buffer, row, &list, &value) }
    } else if let validity = buffer.validity {
      definition.reserveCapacity(rows.count)
      for row in rows {
        let isValid = validity[row]
        definition.append(isValid ? 1 : 0)
        if isValid { value += 1 }
      }
    } else {
      uniform = (1, rows.count)
      value += rows.count
    }
  }

  /// Levels as a data page of version 1 has them: each kind behind its length in four bytes.
  func append(to output: inout [UInt8], column: ParquetColumn) {
    if column.isList { append(repetition, bitWidth: 1, to: &output) }
    let bitWidth = RunLengthEncoding.bitWidth(forCount: column.definitionLevelMax + 1)
    if let uniform {
      appendWithLength(to: &output) {
        RunLengthEncoding.appendRun(of: uniform.level, count: uniform.count, bitWidth: bitWidth, to: &$0)
      }
    } else {
      append(definition, bitWidth: bitWidth, to: &output)
    }
  }

  private mutating func appendList(_ buffer: ParquetColumnBuffer, _ row: Int, _ list: inout Int, _ value: inout Int) {
    if buffer.isNull(row) { return append(definition: 0, repetition: 0) }
    let length = Int(buffer.listLengths[list])
    list += 1
    if length == 0 { return append(definition: 1, repetition: 0) }
    for element in 0..<length { append(definition: 3, repetition: element == 0 ? 0 : 1) }
    value += length
  }

  private mutating func append(definition level: UInt32, repetition repeated: UInt32) {
    definition.append(level)
    repetition.append(repeated)
  }

  private func append(_ levels: [UInt32], bitWidth: Int, to output: inout [UInt8]) {
    appendWithLength(to: &output) { RunLengthEncoding.append(levels, bitWidth: bitWidth, to: &$0) }
  }

  private func appendWithLength(to output: inout [UInt8], _ body: (inout [UInt8]) -> Void) {
    var bytes: [UInt8] = []
    body(&bytes)
    output.appendLittleEndian(UInt32(bytes.count))
    output += bytes
  }
}
