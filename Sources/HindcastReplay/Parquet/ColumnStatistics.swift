internal import HindcastFormat

/// What a reader may skip a row group or a file by: how many rows are null, and between what the others lie.
///
/// Bounds are left out where an engine might read them otherwise than we mean them. A column with a NaN has none, since
/// some engines order NaN above every number and some leave it out. Lists have none either.
struct ColumnStatistics: Sendable, Equatable {
  enum Bounds: Sendable, Equatable {
    /// There is no value.
    case none
    /// There are values, and nothing is said about them.
    case unknown
    case boolean(Bool, Bool)
    /// int64 and timestamp.
    case int64(Int64, Int64)
    /// float (exact in a double) and double. A zero minimum is -0.0 and a zero maximum +0.0: both zeros lie between.
    case double(Double, Double)
    /// Strings and bytes, in the order of their unsigned bytes; for strings that is the order of code points.
    case bytes([UInt8], [UInt8])
  }

  var nullCount = 0
  var bounds = Bounds.none

  init() {}

  init(_ buffer: ParquetColumnBuffer) {
    nullCount = buffer.nullCount
    let values = buffer.values
    if buffer.column.isList {
      bounds = nullCount == buffer.rowCount ? .none : .unknown
      return
    }
    switch buffer.column.type {
    case .boolean:
      if let low = values.booleans.min(), let high = values.booleans.max() { bounds = .boolean(low != 0, high != 0) }
    case .int64, .timestamp:
      if let low = values.int64s.min(), let high = values.int64s.max() { bounds = .int64(low, high) }
    case .float: bounds = Self.bounds(of: values.floats) { Double($0) }
    case .double: bounds = Self.bounds(of: values.doubles) { $0 }
    case .string, .bytes: bounds = Self.bounds(of: values.strings)
    }
  }

  /// Widens to cover another chunk of the same column.
  mutating func merge(_ other: ColumnStatistics) {
    nullCount += other.nullCount
    switch (bounds, other.bounds) {
    case (_, .none): break
    case (.none, let others): bounds = others
    case (.boolean(let low, let high), .boolean(let otherLow, let otherHigh)):
      bounds = .boolean(low && otherLow, high || otherHigh)
    case (.int64(let low, let high), .int64(let otherLow, let otherHigh)):
      bounds = .int64(min(low, otherLow), max(high, otherHigh))
    case (.double(let low, let high), .double(let otherLow, let otherHigh)):
      // Zeros are already signed, so that min and max of equal zeros need no care.
      bounds = .double(otherLow < low ? otherLow : low, otherHigh > high ? otherHigh : high)
    case (.bytes(let low, let high), .bytes(let otherLow, let otherHigh)):
      bounds = .bytes(
        otherLow.lexicographicallyPrecedes(low) ? otherLow : low,
        high.lexicographicallyPrecedes(otherHigh) ? otherHigh : high)
    default: bounds = .unknown
    }
  }

  private static func bounds<Number: BinaryFloatingPoint>(
    of numbers: [Number], _ widened: (Number) -> Double
  ) -> Bounds {
    guard var low = numbers.first else { return .none }
    var high = low
    var hasNaN = false
    for number in numbers {
      if number < low { low = number }
      if number > high { high = number }
      if number.isNaN { hasNaN = true }
    }
    if hasNaN { return .unknown }
    return .double(low == 0 ? -0.0 : widened(low), high == 0 ? 0.0 : widened(high))
  }

  private static func bounds(of strings: ByteStrings) -> Bounds {
    guard strings.count > 0 else { return .none }
    var low = 0
    var high = 0
    for index in 1..<max(1, strings.count) {
      if strings[index].lexicographicallyPrecedes(strings[low]) { low = index }
      if strings[high].lexicographicallyPrecedes(strings[index]) { high = index }
    }
    return .bytes(Array(strings[low]), Array(strings[high]))
  }
}

/// Bounds that are kept short: a shortened one still lies on its own side of every value.
enum TruncatedBound {
  /// Bytes of a bound in a Parquet footer.
  static let byteCountMax = 64

  /// A prefix is never above the whole.
  static func lower(_ bytes: [UInt8], isText: Bool) -> (bytes: [UInt8], isExact: Bool) {
    guard bytes.count > byteCountMax else { return (bytes, true) }
    return (Array(prefix(bytes, isText: isText)), false)
  }

  /// A prefix whose last byte or character is one greater; nil if there is none greater, and so no bound.
  static func upper(_ bytes: [UInt8], isText: Bool) -> (bytes: [UInt8], isExact: Bool)? {
    guard bytes.count > byteCountMax else { return (bytes, true) }
    var shortened = prefix(bytes, isText: isText)
    if isText {
      var scalars = Array(String(decoding: shortened, as: UTF8.self).unicodeScalars)
      while let last = scalars.popLast() {
        // The scalars right below the surrogates and at the end have no neighbour of the same kind; drop them.
        guard let next = Unicode.Scalar(last.value + 1) else { continue }
        var text = String.UnicodeScalarView(scalars)
        text.append(next)
        // The next character may need a byte more.
        let bytes = Array(String(text).utf8)
        if bytes.count <= byteCountMax { return (bytes, false) }
      }
    } else {
      while let last = shortened.popLast() {
        if last < 0xFF { return (Array(shortened) + [last + 1], false) }
      }
    }
    return nil
  }

  private static func prefix(_ bytes: [UInt8], isText: Bool) -> ArraySlice<UInt8> {
    var end = byteCountMax
    // Not inside a character: back to a byte that starts one.
    if isText { while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 } }
    return bytes[..<end]
  }
}
