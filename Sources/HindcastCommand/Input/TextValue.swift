internal import HindcastFormat

/// What a piece of text says, if it is read as a value of a type. Strict, so that text which only looks like a number (a
/// post code with a leading zero, an order number of 25 digits) stays text: a value is only taken for a number if the
/// number has everything that the text said.
enum TextValue {
  /// `true`, `True`, `TRUE`, and the same for false.
  static func bool(_ text: ArraySlice<UInt8>) -> Bool? {
    switch text.count {
    case 4 where text.elementsEqual("true".utf8) || text.elementsEqual("True".utf8) || text.elementsEqual("TRUE".utf8):
      true
    case 5
    where text.elementsEqual("false".utf8) || text.elementsEqual("False".utf8) || text.elementsEqual("FALSE".utf8):
      false
    default: nil
    }
  }

  /// Decimal digits with an optional minus; no leading zeros, no plus, not `-0`.
  static func int64(_ text: ArraySlice<UInt8>) -> Int64? {
    guard let first = text.first, text.count <= 20 else { return nil }
    let isNegative = first == UInt8(ascii: "-")
    let digits = isNegative ? text.dropFirst() : text
    guard let leading = digits.first else { return nil }
    if leading == UInt8(ascii: "0") { return digits.count == 1 && !isNegative ? 0 : nil }
    var value: Int64 = 0
    for byte in digits {
      let digit = Int64(byte) - 48
      guard (0...9).contains(digit) else { return nil }
      let (scaled, overflowed) = value.multipliedReportingOverflow(by: 10)
      let (next, overflowedAgain) =
        isNegative ? scaled.subtractingReportingOverflow(digit) : scaled.addingReportingOverflow(digit)
      if overflowed || overflowedAgain { return nil }
      value = next
    }
    return value
  }

  /// A decimal number, with or without a fraction and exponent, or `nan`, `inf`, `infinity` in any case. A whole number
  /// counts only if a float64 holds it exactly; a fraction gives the nearest float64, which is the one that was printed.
  static func float64(_ text: ArraySlice<UInt8>) -> Double? {
    var index = text.startIndex
    let end = text.endIndex
    if index < end, text[index] == UInt8(ascii: "-") { index += 1 }
    let wholeStart = index
    while index < end, isDigit(text[index]) { index += 1 }
    let wholeCount = index - wholeStart
    if wholeCount > 1, text[wholeStart] == UInt8(ascii: "0") { return nil }
    var fractionCount = 0
    var isWhole = true
    if index < end, text[index] == UInt8(ascii: ".") {
      isWhole = false
      index += 1
      let fractionStart = index
      while index < end, isDigit(text[index]) { index += 1 }
      fractionCount = index - fractionStart
    }
    guard wholeCount + fractionCount > 0 else { return notFinite(text) }
    if index < end, text[index] | 0x20 == UInt8(ascii: "e") {
      isWhole = false
      index += 1
      if index < end, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index += 1 }
      let exponentStart = index
      while index < end, isDigit(text[index]) { index += 1 }
      guard index > exponentStart else { return nil }
    }
    guard index == end else { return nil }
    if isWhole {
      if let integer = int64(text) { return Double(exactly: integer) }
      // Beyond int64, or `-0`. Up to 15 digits that are not trailing zeros survive the way to a float64 and back.
      let significant = text[wholeStart...].reversed().drop { $0 == UInt8(ascii: "0") }.count
      guard significant <= 15 else { return nil }
    }
    guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
    return value
  }

  /// RFC 3339, with `T` or a space, any zone (none: UTC), or a date alone. Microseconds since 1970 UTC.
  static func timestamp(_ text: ArraySlice<UInt8>) -> Int64? {
    // The shortest is 2018-10-30, the longest has nine digits of fraction and an offset.
    guard (10...40).contains(text.count), isDigit(text[text.startIndex]) else { return nil }
    return TimestampText.parse(String(decoding: text, as: UTF8.self))
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

  /// `nan`, `inf` or `infinity` in any case, with a minus or without.
  static func notFinite(_ text: ArraySlice<UInt8>) -> Double? {
    guard text.count <= 9 else { return nil }
    switch String(decoding: text, as: UTF8.self).lowercased() {
    case "nan": return .nan
    case "inf", "infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: return nil
    }
  }
}
