/// The one spelling of a label, so that labels of different column types can be compared.
///
/// - A boolean is `1` or `0`, and so are the strings `true` and `false` in any case.
/// - A number is its shortest decimal form: 1, 1.0 and the strings `1`, `1.0` and ` 1` are all `1`. Strings with
///   leading
///   zeros, a plus sign or an exponent are not taken for numbers: `007` is a name.
/// - Any other string is itself without the white space around it.
/// - An empty string and a NaN are no label.
package enum LabelText {
  package static func canonical(_ value: Bool) -> String { value ? "1" : "0" }

  package static func canonical(_ value: Int64) -> String { "\(value)" }

  package static func canonical(_ value: Double) -> String? {
    if value.isNaN { return nil }
    if value.rounded() == value, value.magnitude < 0x1p63 { return "\(Int64(value))" }
    return "\(value)"
  }

  package static func canonical(_ value: Float) -> String? {
    if value.isNaN { return nil }
    if value.rounded() == value, value.magnitude < 0x1p63 { return "\(Int64(value))" }
    return "\(value)"
  }

  package static func canonical(_ text: some Collection<UInt8>) -> String? {
    var bytes = text[...]
    while let first = bytes.first, isSpace(first) { bytes = bytes.dropFirst() }
    var kept = Array(bytes)
    while let last = kept.last, isSpace(last) { kept.removeLast() }
    if kept.isEmpty { return nil }
    let lowercase = kept.map { UInt8(ascii: "A") <= $0 && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
    if lowercase == Array("true".utf8) { return "1" }
    if lowercase == Array("false".utf8) { return "0" }
    return String(decoding: withoutTrailingZeros(kept) ?? kept, as: UTF8.self)
  }

  package static func canonical(_ text: String) -> String? { canonical(text.utf8) }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// `-12.50` becomes `-12.5`, `1.0` becomes `1`, `-0` becomes `0`; nil if it is not a plain decimal number.
  private static func withoutTrailingZeros(_ text: [UInt8]) -> [UInt8]? {
    let isNegative = text[0] == UInt8(ascii: "-")
    let digits = text.dropFirst(isNegative ? 1 : 0)
    let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let areDigits = parts.allSatisfy { part in !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) } }
    guard areDigits, let whole = parts.first, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return nil }
    var fraction = parts.count == 2 ? parts[1] : []
    while fraction.last == UInt8(ascii: "0") { fraction = fraction.dropLast() }
    if fraction.isEmpty { return whole == [0x30] || !isNegative ? Array(whole) : [UInt8(ascii: "-")] + whole }
    return (isNegative ? [UInt8(ascii: "-")] : []) + whole + [UInt8(ascii: ".")] + fraction
  }
}
