/// Bits one after the other, from the least significant of each byte on: for small tables. Values have their own loops.
struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var pending: UInt64 = 0
  private var filled: UInt64 = 0

  /// The low `width` bits, at most 32.
  mutating func append(_ value: UInt64, width: Int) {
    assert(width <= 32)
    pending |= (value & ((1 << UInt64(width)) - 1)) << filled
    filled += UInt64(width)
    while filled >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      filled -= 8
    }
  }

  /// Exponential Golomb of this order: `value + 2^order` has so many bits; those over `order + 1` as zeros, a one, and then
  /// the bits below the highest.
  mutating func append(golomb value: UInt64, order: Int) {
    let shifted = value + 1 << UInt64(order)
    let width = 63 - shifted.leadingZeroBitCount
    append(0, width: width - order)
    append(1, width: 1)
    append(shifted, width: width)
  }

  /// Ends at a whole byte.
  mutating func finish() -> [UInt8] {
    append(0, width: Int((8 - filled) & 7))
    return bytes
  }
}

/// The mirror of `BitWriter`, for bytes that nobody vouches for.
struct BitReader {
  private(set) var cursor: ByteCursor
  private var pending: UInt64 = 0
  private var filled: UInt64 = 0

  init(_ cursor: ByteCursor) { self.cursor = cursor }

  /// At most 32 bits.
  mutating func bits(_ width: Int) throws(FormatError) -> UInt64 {
    while filled < UInt64(width) {
      pending |= UInt64(try cursor.byte()) << filled
      filled += 8
    }
    let value = pending & ((1 << UInt64(width)) - 1)
    pending >>= UInt64(width)
    filled -= UInt64(width)
    return value
  }

  /// Below 2^32: more zeros than that gives are refused.
  mutating func golomb(order: Int) throws(FormatError) -> UInt64 {
    var width = order
    while try bits(1) == 0 {
      width += 1
      guard width < 32 else { throw FormatError(.corrupt, "a number in a table of tokens has more than 32 bits") }
    }
    return 1 << UInt64(width) + (try bits(width)) - 1 << UInt64(order)
  }

  /// The bits left in the last byte are zero.
  func finish() throws(FormatError) -> ByteCursor {
    guard pending == 0 else { throw FormatError(.corrupt, "bits behind a table of tokens are not zero") }
    return cursor
  }
}
