/// The memory that decoding one block may take: of the format at most, of a process with less memory less.
package struct DecodeLimits: Sendable, Equatable {
  /// The values of all columns together, as `ColumnValues.rawByteCount` counts them.
  package var valueBytesMax: Int
  /// Working memory for one column, its values included.
  package var columnBytesMax: Int

  /// `columnBytesMax`: by default as much more as the format allows.
  package init(valueBytesMax: Int = Limits.blockRawBytesMax, columnBytesMax: Int? = nil) {
    self.valueBytesMax = min(valueBytesMax, Limits.blockRawBytesMax)
    self.columnBytesMax = min(
      columnBytesMax ?? self.valueBytesMax * (Limits.decodedBytesMax / Limits.blockRawBytesMax),
      Limits.decodedBytesMax)
  }

  /// What every reader of the format should be able to decode.
  package static let format = DecodeLimits()
}

/// What decoding one block may still allocate: a small hostile block must not blow up to more than the limits.
///
/// Three bounds, each taken from before memory is allocated. What the values of the block may take together. What decoding
/// one column may take, its values included. And, since a column's memory is free again after it, how much may be allocated
/// and filled over all columns: in proportion to the values that come out, so that a small block is decoded in a short time.
struct DecodeBudget {
  let limits: DecodeLimits
  private var column: Int
  private var values: Int
  /// Of the values, what the present column has said that it will have.
  private var expected = 0
  private(set) var work: Int

  init(_ limits: DecodeLimits = .format) {
    self.limits = limits
    values = limits.valueBytesMax
    column = limits.columnBytesMax
    // A dictionary comes before the values made of it, and its text is decompressed and then kept.
    work = 2 * values + Limits.arenaConstantBytes
  }

  /// Takes room for `count` values of `stride` bytes, before they are allocated.
  mutating func take(_ count: Int, stride: Int = 1) throws(FormatError) {
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: stride)
    guard count >= 0, !overflow, byteCount <= column else { throw exceeded }
    guard byteCount <= work else { throw Self.workExceeded }
    column -= byteCount
    work -= byteCount
  }

  /// The column will have `count` values more, of at least `stride` bytes each: refused at once if the block may not.
  mutating func expect(_ count: Int, stride: Int) throws(FormatError) {
    try expect(count, stride: stride, workPerItem: Limits.decodeWorkBytesPerValue)
  }

  /// The strings among the column's values will have so many bytes.
  mutating func expect(textBytes count: Int) throws(FormatError) {
    try expect(count, stride: 1, workPerItem: Limits.decodeWorkBytesPerTextByte)
  }

  private mutating func expect(_ count: Int, stride: Int, workPerItem: Int) throws(FormatError) {
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: stride)
    guard count >= 0, !overflow, byteCount <= values - expected else { throw Self.valuesExceeded(limits.valueBytesMax) }
    expected += byteCount
    // At most a value a byte of the limit, so this stays far below 2^63.
    work += count * workPerItem
  }

  /// A column is done: its working memory is free again, its values stay.
  mutating func keep(_ column: Column) throws(FormatError) {
    self.column = limits.columnBytesMax
    expected = 0
    let byteCount = column.values.rawByteCount
    guard byteCount <= values else { throw Self.valuesExceeded(limits.valueBytesMax) }
    values -= byteCount
  }

  var exceeded: FormatError {
    FormatError(
      .overLimit,
      "decoding takes more than the \(limits.columnBytesMax) bytes allowed for a column; send fewer rows at a time")
  }

  static var workExceeded: FormatError {
    FormatError(.overLimit, "the steps take more memory than what comes out of them is worth; encode it with fewer")
  }

  static func valuesExceeded(_ limit: Int) -> FormatError {
    FormatError(.overLimit, "the values of the block take more than \(limit) bytes; send fewer rows at a time")
  }
}
