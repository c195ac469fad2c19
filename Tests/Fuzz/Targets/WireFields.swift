/// As much of protobuf as it takes to put a Block message together by hand, and to take one apart again.
enum WireFields {
  static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func field(_ number: Int, _ value: UInt64) -> [UInt8] { varint(UInt64(number << 3)) + varint(value) }

  static func field(_ number: Int, _ bytes: some Collection<UInt8>) -> [UInt8] {
    varint(UInt64(number << 3 | 2)) + varint(UInt64(bytes.count)) + bytes
  }

  /// The bytes of every field of this number, in messages that our own code wrote.
  static func bytes(of number: Int, in message: some Collection<UInt8>) -> [[UInt8]] {
    var rest = Array(message)[...]
    func varint() -> Int {
      var value = 0
      var shift = 0
      while let byte = rest.popFirst() {
        value |= Int(byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 { break }
      }
      return value
    }
    var found: [[UInt8]] = []
    while !rest.isEmpty {
      let key = varint()
      switch key & 7 {
      case 0: _ = varint()
      case 1: rest = rest.dropFirst(8)
      case 2:
        let count = varint()
        if key >> 3 == number { found.append(Array(rest.prefix(count))) }
        rest = rest.dropFirst(count)
      default: rest = rest.dropFirst(4)
      }
    }
    return found
  }
}
