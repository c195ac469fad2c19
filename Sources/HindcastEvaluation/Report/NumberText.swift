/// Numbers as text, without Foundation and its locales.
enum NumberText {
  /// With so many digits after the point, rounded half away from zero: `0.9710`. For finite values under 10^12 and up
  /// to six digits; anything else comes in its shortest form.
  static func fixed(_ value: Double, digits: Int) -> String {
    guard value.magnitude < 1e12, (0...6).contains(digits) else { return "\(value)" }
    let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
    let scaled = Int((value.magnitude * Double(scale)).rounded(.toNearestOrAwayFromZero))
    let sign = value < 0 && scaled != 0 ? "-" : ""
    if digits == 0 { return "\(sign)\(scaled)" }
    let fraction = "\(scaled % scale)"
    return "\(sign)\(scaled / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
  }

  /// `1,234,567`.
  static func grouped(_ value: Int) -> String {
    var text = ""
    let digits = Array("\(value.magnitude)")
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return value < 0 ? "-\(text)" : text
  }
}
