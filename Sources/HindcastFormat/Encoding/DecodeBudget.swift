/// What decoding one block may still allocate: a small hostile block must not blow up to more than the limits.
///
/// Working memory is bounded for each column, and the values that stay for the block.
struct DecodeBudget {
  private let workingMax: Int
  private var working: Int
  private var values: Int

  init(rawBytesMax: Int = Limits.blockRawBytesMax) {
    workingMax = min(rawBytesMax, Limits.blockRawBytesMax) * (Limits.decodedBytesMax / Limits.blockRawBytesMax)
    working = workingMax
    values = min(rawBytesMax, Limits.blockRawBytesMax)
  }

  /// Takes room for `count` values of `stride` bytes, before they are allocated.
  mutating func take(_ count: Int, stride: Int = 1) throws(FormatError) {
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: stride)
    guard count >= 0, !overflow, byteCount <= working else { throw Self.exceeded }
    working -= byteCount
  }

  /// A column is done: its working memory is free again, its values stay.
  mutating func keep(_ column: Column) throws(FormatError) {
    working = workingMax
    let byteCount = column.values.rawByteCount
    guard byteCount <= values else { throw Self.valuesExceeded }
    values -= byteCount
  }

  static var exceeded: FormatError {
    FormatError(.overLimit, "decoding takes more than the \(Limits.decodedBytesMax) bytes allowed for a column")
  }

  static var valuesExceeded: FormatError {
    FormatError(
      .overLimit, "the values of the block take more than \(Limits.blockRawBytesMax) bytes; send fewer rows at a time")
  }
}
