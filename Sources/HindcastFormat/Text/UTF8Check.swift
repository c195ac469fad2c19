/// Whether bytes are well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing over U+10FFFF.
enum UTF8Check {
  static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    let count = bytes.count
    while index < count {
      // Text is mostly ASCII: eight bytes at a time while none has its top bit set.
      while index + 8 <= count,
        bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        index += 8
      }
      guard index < count else { return true }
      let length = sequenceLength(bytes, index)
      guard length > 0 else { return false }
      index += length
    }
    return true
  }

  /// The bytes of the well-formed sequence at `index`; 0 if there is none.
  private static func sequenceLength(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Int {
    let lead = bytes[index]
    let length: Int
    // The range the second byte must be in; the others are 80...BF.
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0x00...0x7F: return 1
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    case 0xF1...0xF3: length = 4
    default: return 0
    }
    guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return 0 }
    for next in index + 2..<max(index + 2, index + length) where bytes[next] & 0xC0 != 0x80 { return 0 }
    return length
  }
}

extension ByteStrings {
  /// Throws `invalid`, naming the row, unless every string is UTF-8.
  func checkUTF8() throws(FormatError) {
    let bad: Int? = bytes.withUnsafeBytes { all in
      // Valid as a whole, and no string starts inside a character: then each is valid.
      let starts = offsets.dropLast().allSatisfy { $0 == all.count || all[Int($0)] & 0xC0 != 0x80 }
      if starts, UTF8Check.isValid(all) { return nil }
      return (0..<count).first {
        !UTF8Check.isValid(UnsafeRawBufferPointer(rebasing: all[Int(offsets[$0])..<Int(offsets[$0 + 1])]))
      }
    }
    if let bad {
      throw FormatError(.invalid, "string \(bad) is not valid UTF-8; send text as UTF-8, or use a column of type bytes")
    }
  }
}
