internal import HindcastFormat

/// Parquet's encoding PLAIN: numbers as they lie in memory (little-endian), booleans as bits, strings behind their lengths.
enum PlainEncoding {
  static func append(_ values: ParquetValues, _ type: ParquetType, range: Range<Int>, to output: inout [UInt8]) {
    switch type {
    case .boolean: append(bits: values.booleans[range], to: &output)
    case .int64, .timestamp: append(numbers: values.int64s[range], to: &output)
    case .float: append(numbers: values.floats[range], to: &output)
    case .double: append(numbers: values.doubles[range], to: &output)
    case .string, .bytes: for index in range { append(values.strings[index], to: &output) }
    }
  }

  /// Single values: the entries of a dictionary.
  static func append(_ values: ParquetValues, _ type: ParquetType, indices: [Int], to output: inout [UInt8]) {
    for index in indices { append(values, type, range: index..<index + 1, to: &output) }
  }

  /// A value as statistics hold it: like PLAIN, but a string without its length.
  static func statistic(_ number: Int64) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { Array($0) } }
  static func statistic(_ number: Double) -> [UInt8] { statistic(Int64(bitPattern: number.bitPattern)) }
  static func statistic(_ number: Float) -> [UInt8] {
    withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
  }

  private static func append(_ string: ArraySlice<UInt8>, to output: inout [UInt8]) {
    output.appendLittleEndian(UInt32(string.count))
    output.append(contentsOf: string)
  }

  private static func append<Number: BitwiseCopyable>(numbers: ArraySlice<Number>, to output: inout [UInt8]) {
    // Every machine that Swift runs on is little-endian today.
    assert(1.littleEndian == 1)
    numbers.withUnsafeBytes { output.append(contentsOf: $0) }
  }

  private static func append(bits: ArraySlice<UInt8>, to output: inout [UInt8]) {
    var byte: UInt8 = 0
    var used: UInt8 = 0
    for bit in bits {
      byte |= (bit == 0 ? 0 : 1) << used
      used += 1
      if used == 8 {
        output.append(byte)
        (byte, used) = (0, 0)
      }
    }
    if used > 0 { output.append(byte) }
  }
}
