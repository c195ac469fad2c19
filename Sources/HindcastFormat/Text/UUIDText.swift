/// Uuids as text: `f81d4fae-7dec-11d0-a765-00a0c91e6bf6`.
package enum UUIDText {
  static let byteCount = 36

  /// The 16 bytes of a uuid in either case, with hyphens in their places; nil for anything else.
  package static func parse(_ text: some StringProtocol) -> [UInt8]? { parse(utf8: text.utf8) }

  package static func parse(utf8 text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count == byteCount else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for (index, character) in text.enumerated() {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard character == UInt8(ascii: "-") else { return nil }
        continue
      }
      let digit: UInt8
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = character - UInt8(ascii: "A") + 10
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return bytes
  }

  /// The canonical text of 16 bytes.
  package static func format(_ bytes: some Collection<UInt8>) -> String {
    var text: [UInt8] = []
    append(bytes, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  package static func append(_ bytes: some Collection<UInt8>, to text: inout [UInt8]) {
    precondition(bytes.count == 16)
    for (index, byte) in bytes.enumerated() {
      if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
      text.append(digit(byte >> 4))
      text.append(digit(byte & 15))
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
