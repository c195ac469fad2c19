/// Strings that are all decimal integers as their canonical text: no leading zeros, no `+`, no `-0`.
enum TextIntegers {
  /// nil unless every string is one.
  static func parse(_ strings: ByteStrings) -> [Int64]? {
    var integers: [Int64] = []
    for row in 0..<strings.count {
      guard let integer = parse(strings[row]) else { return nil }
      integers.append(integer)
    }
    return integers
  }

  /// At most 18 digits, so that nothing overflows.
  private static func parse(_ text: ArraySlice<UInt8>) -> Int64? {
    let isNegative = text.first == UInt8(ascii: "-")
    let digits = isNegative ? text.dropFirst() : text
    guard let lead = digits.first, digits.count <= 18 else { return nil }
    guard lead != UInt8(ascii: "0") || (digits.count == 1 && !isNegative) else { return nil }
    var value: Int64 = 0
    for byte in digits {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Int64(byte - UInt8(ascii: "0"))
    }
    return isNegative ? -value : value
  }

  static func decode(_ reader: inout StepReader, _ count: Int) throws(FormatError) -> ByteStrings {
    let integers = try reader.integers(count)
    // 20 characters are the most a 64-bit integer has.
    try reader.budget.take(count, stride: 20)
    var strings = ByteStrings()
    strings.offsets.reserveCapacity(count + 1)
    for integer in integers { append(integer, to: &strings) }
    return strings
  }

  private static func append(_ integer: Int64, to strings: inout ByteStrings) {
    var rest = integer.magnitude
    let start = strings.bytes.count
    repeat {
      strings.bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    if integer < 0 { strings.bytes.append(UInt8(ascii: "-")) }
    strings.bytes[start...].reverse()
    strings.offsets.append(UInt32(strings.bytes.count))
  }
}

/// Strings that are all uuids as their canonical text, 36 lower-case characters.
enum TextUUIDs {
  /// nil unless every string is one.
  static func parse(_ strings: ByteStrings) -> [UInt8]? {
    var uuids: [UInt8] = []
    for row in 0..<strings.count {
      guard UUIDText.appendCanonical(strings[row], to: &uuids) else { return nil }
    }
    return uuids
  }

  static func decode(_ reader: inout StepReader, _ count: Int) throws(FormatError) -> ByteStrings {
    let uuids = try reader.uuids(count)
    try reader.budget.take(count, stride: UUIDText.byteCount)
    var strings = ByteStrings()
    strings.offsets.reserveCapacity(count + 1)
    strings.bytes.reserveCapacity(count * UUIDText.byteCount)
    for row in 0..<count {
      UUIDText.append(uuids[row * 16..<row * 16 + 16], to: &strings.bytes)
      strings.offsets.append(UInt32(strings.bytes.count))
    }
    return strings
  }
}
