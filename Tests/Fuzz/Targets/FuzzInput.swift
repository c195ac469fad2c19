/// Cuts an input into the numbers and bytes that a target asks for. Behind the end there are zeros, so that every input
/// means something.
struct FuzzInput {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { offset >= bytes.count }

  mutating func byte() -> UInt8 {
    guard offset < bytes.count else { return 0 }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// Two bytes, little-endian.
  mutating func word() -> Int { Int(byte()) | Int(byte()) << 8 }

  /// Eight bytes, little-endian.
  mutating func number() -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 8) { value |= UInt64(byte()) << shift }
    return value
  }

  /// A byte that stands for small numbers and for those at the edges of their types.
  mutating func edge() -> UInt64 {
    let byte = byte()
    switch byte {
    case 0..<200: return UInt64(byte)
    case 200..<232: return UInt64(1) << UInt64(byte - 200 + 32)
    case 232..<248: return UInt64(Int64.max) &+ UInt64(byte) &- 240
    default: return 0 &- UInt64(256 - Int(byte))
    }
  }

  /// As many as there are, up to `count`.
  mutating func take(_ count: Int) -> [UInt8] {
    let end = min(bytes.count, offset + max(0, count))
    defer { offset = end }
    return Array(bytes[min(offset, end)..<end])
  }

  mutating func rest() -> [UInt8] { take(bytes.count) }
}
