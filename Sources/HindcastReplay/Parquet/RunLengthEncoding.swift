/// Parquet's hybrid of run lengths and bit-packing, for definition and repetition levels and for dictionary codes.
/// Source: parquet-format/Encodings.md, "Run Length Encoding / Bit-Packing Hybrid".
enum RunLengthEncoding {
  /// Runs shorter than this are bit-packed: packed values come in groups of as many.
  static let groupCount = 8

  /// Appends `values` in `bitWidth` bits each; every value fits into them. 1 <= bitWidth <= 32.
  static func append(_ values: some RandomAccessCollection<UInt32>, bitWidth: Int, to output: inout [UInt8]) {
    precondition(bitWidth >= 1 && bitWidth <= 32)
    if values.withContiguousStorageIfAvailable({ append($0, bitWidth: bitWidth, to: &output) }) == nil {
      Array(values).withUnsafeBufferPointer { append($0, bitWidth: bitWidth, to: &output) }
    }
  }

  /// A single run: what a column without nulls has for definition levels.
  static func appendRun(of value: UInt32, count: Int, bitWidth: Int, to output: inout [UInt8]) {
    output.appendUnsignedVarint(UInt64(count) << 1)
    for shift in 0..<(bitWidth + 7) / 8 { output.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * shift))) }
  }

  /// Bits that the codes 0..<count need; at least 1.
  static func bitWidth(forCount count: Int) -> Int {
    max(1, Int.bitWidth - max(0, count - 1).leadingZeroBitCount)
  }

  private static func append(_ values: UnsafeBufferPointer<UInt32>, bitWidth: Int, to output: inout [UInt8]) {
    var packedStart = 0  // values from here to `index` wait to be packed
    var index = 0
    while index < values.count {
      let value = values[index]
      var runEnd = index + 1
      while runEnd < values.count, values[runEnd] == value { runEnd += 1 }
      // Only the last packed group may be incomplete, so a run first gives what fills the group before it.
      let waiting = (index - packedStart) % groupCount
      let given = waiting == 0 ? 0 : groupCount - waiting
      if runEnd - index - given >= groupCount {
        appendPacked(values, packedStart..<index + given, bitWidth: bitWidth, to: &output)
        appendRun(of: value, count: runEnd - index - given, bitWidth: bitWidth, to: &output)
        packedStart = runEnd
      }
      index = runEnd
    }
    appendPacked(values, packedStart..<values.count, bitWidth: bitWidth, to: &output)
  }

  private static func appendPacked(
    _ values: UnsafeBufferPointer<UInt32>, _ range: Range<Int>, bitWidth: Int, to output: inout [UInt8]
  ) {
    guard !range.isEmpty else { return }
    let groups = (range.count + groupCount - 1) / groupCount
    output.appendUnsignedVarint(UInt64(groups) << 1 | 1)
    let end = output.count + groups * bitWidth
    var bits: UInt64 = 0
    var bitCount = 0
    for index in range {
      bits |= UInt64(values[index]) << UInt64(bitCount)
      bitCount += bitWidth
      while bitCount >= 8 {
        output.append(UInt8(truncatingIfNeeded: bits))
        bits >>= 8
        bitCount -= 8
      }
    }
    if bitCount > 0 { output.append(UInt8(truncatingIfNeeded: bits)) }
    output.append(contentsOf: repeatElement(0, count: end - output.count))
  }
}
