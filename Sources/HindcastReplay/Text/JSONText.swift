/// JSON values appended to a buffer, for rows that never become a `JSONValue`.
package enum JSONText {
  package static func append(_ text: String, to output: inout [UInt8]) {
    var text = text
    text.withUTF8 { append(utf8: UnsafeRawBufferPointer($0), to: &output) }
  }

  /// A string of valid UTF-8; only quotes, backslashes and control characters are escaped.
  package static func append(utf8: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    var plainStart = 0
    for (index, byte) in utf8.enumerated() where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    {
      output.append(contentsOf: utf8[plainStart..<index])
      plainStart = index + 1
      appendEscape(byte, to: &output)
    }
    output.append(contentsOf: utf8[plainStart...])
    output.append(UInt8(ascii: "\""))
  }

  package static func append(_ number: Int64, to output: inout [UInt8]) {
    output.append(contentsOf: String(number).utf8)
  }

  /// The shortest decimal that reads back as the same number. JSON has none for NaN and the infinities: they become the
  /// strings "NaN", "Infinity" and "-Infinity", so that they are not mistaken for a missing value.
  package static func append(_ number: Double, to output: inout [UInt8]) {
    guard number.isFinite else { return appendNonFinite(isNaN: number.isNaN, isNegative: number < 0, to: &output) }
    output.append(contentsOf: number.description.utf8)
  }

  /// Likewise, and shortest among those that read back as the same float.
  package static func append(_ number: Float, to output: inout [UInt8]) {
    guard number.isFinite else { return appendNonFinite(isNaN: number.isNaN, isNegative: number < 0, to: &output) }
    output.append(contentsOf: number.description.utf8)
  }

  /// A string of the bytes in base 64 (RFC 4648, with padding).
  package static func append(base64 bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    var rest = bytes
    while let first = rest.first {
      let second = rest.dropFirst().first
      let third = rest.dropFirst(2).first
      let bits = UInt32(first) << 16 | UInt32(second ?? 0) << 8 | UInt32(third ?? 0)
      output.append(base64Digits[Int(bits >> 18)])
      output.append(base64Digits[Int(bits >> 12 & 63)])
      output.append(second == nil ? UInt8(ascii: "=") : base64Digits[Int(bits >> 6 & 63)])
      output.append(third == nil ? UInt8(ascii: "=") : base64Digits[Int(bits & 63)])
      rest = rest.dropFirst(3)
    }
    output.append(UInt8(ascii: "\""))
  }

  private static let base64Digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let hexadecimalDigits = Array("0123456789abcdef".utf8)

  private static func appendNonFinite(isNaN: Bool, isNegative: Bool, to output: inout [UInt8]) {
    append(isNaN ? "NaN" : isNegative ? "-Infinity" : "Infinity", to: &output)
  }

  private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
    case 0x0A: output.append(UInt8(ascii: "n"))
    case 0x0D: output.append(UInt8(ascii: "r"))
    case 0x09: output.append(UInt8(ascii: "t"))
    default:
      output.append(contentsOf: "u00".utf8)
      output.append(hexadecimalDigits[Int(byte >> 4)])
      output.append(hexadecimalDigits[Int(byte & 15)])
    }
  }
}
