/// Times as text (RFC 3339), to and from microseconds since 1970-01-01T00:00:00 UTC.
package enum TimestampText {
  private static let microsecondsPerSecond: Int64 = 1_000_000
  private static let secondsPerDay: Int64 = 86_400

  /// `2018-10-30T18:00:00.25Z`, `2018-10-30 18:00:00+01:00`, `2018-10-30`: a `T` or a space, a fraction or none (digits
  /// beyond microseconds are cut off), `Z`, an offset or nothing, which means UTC. nil for anything else.
  package static func parse(_ text: some StringProtocol) -> Int64? { parse(utf8: text.utf8) }

  package static func parse(utf8 text: some Sequence<UInt8>) -> Int64? {
    var scanner = Scanner(text)
    guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
      let day = scanner.number(2), (1...12).contains(month), (1...daysIn(month, year)).contains(day)
    else { return nil }
    var seconds = daysSince1970(year, month, day) * secondsPerDay
    if scanner.isAtEnd { return seconds * microsecondsPerSecond }
    guard scanner.skip("T") || scanner.skip("t") || scanner.skip(" "), let hour = scanner.number(2), scanner.skip(":"),
      let minute = scanner.number(2), hour < 24, minute < 60
    else { return nil }
    var second: Int64 = 0
    if scanner.skip(":") {
      guard let parsed = scanner.number(2), parsed <= 60 else { return nil }
      // A leap second is the last moment of its minute.
      second = min(parsed, 59)
    }
    var microseconds: Int64 = 0
    if scanner.skip(".") || scanner.skip(",") {
      guard let fraction = scanner.fraction() else { return nil }
      microseconds = fraction
    }
    seconds += hour * 3_600 + minute * 60 + second
    if scanner.skip("Z") || scanner.skip("z") {
    } else if let sign: Int64 = scanner.skip("+") ? 1 : scanner.skip("-") ? -1 : nil {
      guard let hours = scanner.number(2), hours < 24 else { return nil }
      _ = scanner.skip(":")
      let minutes = scanner.isAtEnd ? 0 : scanner.number(2)
      guard let minutes, minutes < 60 else { return nil }
      seconds -= sign * (hours * 3_600 + minutes * 60)
    }
    guard scanner.isAtEnd else { return nil }
    return seconds * microsecondsPerSecond + microseconds
  }

  /// `2018-10-30T18:00:00.000000Z`; years before 0 or after 9999 with a sign, as ISO 8601 has them.
  package static func format(_ microseconds: Int64) -> String {
    let perDay = secondsPerDay * microsecondsPerSecond
    let days = microseconds.flooringQuotient(perDay)
    // Not by way of `days * perDay`, which the earliest day's does not fit.
    let remainder = microseconds % perDay
    let rest = remainder < 0 ? remainder + perDay : remainder
    let (year, month, day) = date(days)
    let seconds = rest / microsecondsPerSecond
    let yearText = (0...9_999).contains(year) ? padded(year, 4) : (year < 0 ? "-" : "+") + padded(abs(year), 6)
    return "\(yearText)-\(padded(month, 2))-\(padded(day, 2))T\(padded(seconds / 3_600, 2)):"
      + "\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2)).\(padded(rest % microsecondsPerSecond, 6))Z"
  }

  /// The UTC day of a time, as days since 1970-01-01.
  package static func day(_ microseconds: Int64) -> Int64 {
    microseconds.flooringQuotient(secondsPerDay * microsecondsPerSecond)
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func daysIn(_ month: Int64, _ year: Int64) -> Int64 {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }

  // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years start in March, eras have 400 years.

  private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = year.flooringQuotient(400)
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let days = days + 719_468
    let era = days.flooringQuotient(146_097)
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  private struct Scanner<Text: Sequence> where Text.Element == UInt8 {
    private var rest: Text.Iterator
    private var peeked: UInt8?

    init(_ text: Text) {
      rest = text.makeIterator()
      peeked = rest.next()
    }

    var isAtEnd: Bool { peeked == nil }

    private mutating func advance() { peeked = rest.next() }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard let peeked, UInt32(peeked) == character.value else { return false }
      advance()
      return true
    }

    private mutating func digit() -> Int64? {
      guard let peeked, peeked >= UInt8(ascii: "0"), peeked <= UInt8(ascii: "9") else { return nil }
      advance()
      return Int64(peeked - UInt8(ascii: "0"))
    }

    mutating func number(_ digits: Int) -> Int64? {
      var value: Int64 = 0
      for _ in 0..<digits {
        guard let digit = digit() else { return nil }
        value = value * 10 + digit
      }
      return value
    }

    /// Microseconds of the digits behind a decimal point; at least one.
    mutating func fraction() -> Int64? {
      var value: Int64 = 0
      var digits = 0
      while let digit = digit() {
        if digits < 6 { value = value * 10 + digit }
        digits += 1
      }
      guard digits > 0 else { return nil }
      for _ in min(digits, 6)..<6 { value *= 10 }
      return value
    }
  }
}

extension Int64 {
  /// Division that rounds down; the divisor is positive.
  fileprivate func flooringQuotient(_ divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
