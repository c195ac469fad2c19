/// Why the reference decoder gives nothing.
enum ReferenceRefusal: Error {
  /// `proto/FORMAT.md` refuses these bytes; why.
  case wrong(String)
  /// More values than it has patience for: it says nothing of such bytes.
  case tooMany
}

/// Bytes and bits, taken one by one.
struct ReferenceBytes {
  private let bytes: [UInt8]
  private(set) var offset = 0
  private var bit = 0

  init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  var isAtEnd: Bool { offset == bytes.count }

  mutating func byte() throws(ReferenceRefusal) -> UInt8 {
    guard offset < bytes.count else { throw .wrong("the bytes end") }
    offset += 1
    return bytes[offset - 1]
  }

  mutating func take(_ count: Int) throws(ReferenceRefusal) -> [UInt8] {
    guard count <= bytes.count - offset else { throw .wrong("the bytes end") }
    offset += count
    return Array(bytes[offset - count..<offset])
  }

  mutating func rest() -> [UInt8] {
    defer { offset = bytes.count }
    return Array(bytes[offset...])
  }

  /// Little-endian.
  mutating func number(bytes count: Int) throws(ReferenceRefusal) -> UInt64 {
    var value: UInt64 = 0
    for place in 0..<count { value += UInt64(try byte()) << UInt64(8 * place) }
    return value
  }

  mutating func varint() throws(ReferenceRefusal) -> UInt64 {
    var value: UInt64 = 0
    for place in 0..<10 {
      let next = try byte()
      if place == 9, next > 1 { throw .wrong("a varint of more than 64 bits") }
      value += UInt64(next % 128) << UInt64(7 * place)
      if next < 128 { return value }
    }
    throw .wrong("a varint of more than 64 bits")
  }

  mutating func zigzag() throws(ReferenceRefusal) -> Int64 {
    let value = try varint()
    return value % 2 == 0 ? Int64(value / 2) : -Int64(value / 2) - 1
  }

  mutating func count(upTo most: Int) throws(ReferenceRefusal) -> Int {
    let value = try varint()
    guard value <= UInt64(most) else { throw .wrong("a count of \(value), over \(most)") }
    return Int(value)
  }

  // MARK: Bits, least significant first

  mutating func bits(_ count: Int) throws(ReferenceRefusal) -> UInt64 {
    var value: UInt64 = 0
    for place in 0..<count {
      guard offset < bytes.count else { throw .wrong("the bits end") }
      value += UInt64(bytes[offset] >> UInt8(bit) & 1) << UInt64(place)
      bit += 1
      if bit == 8 { (offset, bit) = (offset + 1, 0) }
    }
    return value
  }

  /// Passes over what is left of a byte that was begun; whether it is zero.
  mutating func finishByte() -> Bool {
    guard bit > 0 else { return true }
    let left = bytes[offset] >> UInt8(bit)
    (offset, bit) = (offset + 1, 0)
    return left == 0
  }

  mutating func golomb(_ order: Int) throws(ReferenceRefusal) -> UInt64 {
    var zeros = 0
    while try bits(1) == 0 {
      zeros += 1
      guard zeros + order <= 31 else { throw .wrong("a number of the table has more than 31 bits") }
    }
    return (1 << UInt64(zeros + order)) + (try bits(zeros + order)) - (1 << UInt64(order))
  }
}
