/// Reads forward through bytes that nobody vouches for: every read is checked against the end.
///
/// The bytes must outlive the cursor; cursors stay inside one decoding call.
struct ByteCursor {
  let bytes: UnsafeRawBufferPointer
  private(set) var offset = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var remaining: Int { bytes.count - offset }
  var isAtEnd: Bool { offset == bytes.count }

  mutating func byte() throws(FormatError) -> UInt8 {
    guard offset < bytes.count else { throw truncated(1) }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// The next `count` bytes, not copied.
  mutating func take(_ count: Int) throws(FormatError) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= remaining else { throw truncated(count) }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }

  /// Seven bits a byte, least significant first, at most 64 bits.
  mutating func varint() throws(FormatError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try byte()
      let bits = UInt64(byte & 0x7F)
      guard shift < 63 || (shift == 63 && bits <= 1) else {
        throw FormatError(.corrupt, "a variable-length integer before offset \(offset) has more than 64 bits")
      }
      value |= bits << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  mutating func zigzag() throws(FormatError) -> Int64 { Int64(zigzag: try varint()) }

  /// A count or length that must not exceed `limit`; `what` names it in the error.
  mutating func count(upTo limit: Int, _ what: @autoclosure () -> String) throws(FormatError) -> Int {
    let value = try varint()
    guard value <= UInt64(limit) else {
      throw FormatError(.overLimit, "\(what()) is \(value), more than the \(limit) that are possible here")
    }
    return Int(value)
  }

  private func truncated(_ needed: Int) -> FormatError {
    FormatError(.truncated, "\(needed) bytes are needed at offset \(offset), \(remaining) are left")
  }
}

extension Int64 {
  /// 0, -1, 1, -2, ... as 0, 1, 2, 3, ...
  init(zigzag value: UInt64) { self = Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }

  var zigzag: UInt64 { UInt64(bitPattern: (self << 1) ^ (self >> 63)) }
}

extension [UInt8] {
  mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func appendVarint(_ value: Int) { appendVarint(UInt64(value)) }
  mutating func appendZigzag(_ value: Int64) { appendVarint(value.zigzag) }
}
