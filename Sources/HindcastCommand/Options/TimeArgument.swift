internal import ArgumentParser
internal import Hindcast
internal import HindcastFormat

/// A moment on the command line: `2026-11-23T08:00:00Z`, `2026-11-23` (midnight UTC), or how long ago: `90m`, `2h`, `7d`.
struct TimeArgument: ExpressibleByArgument, Equatable {
  /// Microseconds since 1970 UTC.
  var microseconds: Int64

  init(microseconds: Int64) { self.microseconds = microseconds }

  init?(argument: String) { self.init(argument, now: Timestamp.now.microsecondsSince1970) }

  init?(_ text: String, now: Int64) {
    if let length = DurationArgument(argument: text), length.unit != nil {
      microseconds = now - length.microseconds
    } else if let moment = TimestampText.parse(text) {
      microseconds = moment
    } else {
      return nil
    }
  }
}

/// A length of time: `500ms`, `30s`, `15m`, `2h`, `7d`; a number alone means seconds.
struct DurationArgument: ExpressibleByArgument, Equatable {
  var microseconds: Int64
  /// What stood behind the number; nil if nothing did.
  var unit: String?

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let unit = argument[digits.endIndex...]
    let microsecondsPerUnit: Int64
    switch unit {
    case "ms": microsecondsPerUnit = 1_000
    case "s", "": microsecondsPerUnit = 1_000_000
    case "m": microsecondsPerUnit = 60_000_000
    case "h": microsecondsPerUnit = 3_600_000_000
    case "d": microsecondsPerUnit = 86_400_000_000
    default: return nil
    }
    guard let count = Int64(digits) else { return nil }
    let (product, isTooLong) = count.multipliedReportingOverflow(by: microsecondsPerUnit)
    // A thousand years: so that sums with moments of our time cannot overflow.
    guard !isTooLong, product <= 365_000 * 86_400_000_000 else { return nil }
    microseconds = product
    self.unit = unit.isEmpty ? nil : String(unit)
  }

  init(seconds: Int64) {
    microseconds = seconds * 1_000_000
    unit = "s"
  }

  var duration: Duration { .microseconds(microseconds) }
}

extension DurationArgument: CustomStringConvertible {
  /// In the largest unit that fits, which is what help shows for a default.
  var description: String {
    for (size, name) in [(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s")]
      as [(Int64, String)]
    where microseconds % size == 0 {
      return "\(microseconds / size)\(name)"
    }
    return "\(microseconds / 1_000)ms"
  }
}

/// A number of bytes: `64MiB`, `2GiB`, `1000000`.
struct ByteCountArgument: ExpressibleByArgument, Equatable, CustomStringConvertible {
  var byteCount: Int

  init(_ byteCount: Int) { self.byteCount = byteCount }

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let shift: Int
    switch argument[digits.endIndex...].lowercased() {
    case "", "b": shift = 0
    case "k", "kib": shift = 10
    case "m", "mib": shift = 20
    case "g", "gib": shift = 30
    case "t", "tib": shift = 40
    default: return nil
    }
    guard let count = Int(digits), count <= Int.max >> (shift + 1) else { return nil }
    byteCount = count << shift
  }

  var description: String {
    for (shift, name) in [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")]
    where byteCount > 0 && byteCount % (1 << shift) == 0 {
      return "\(byteCount >> shift)\(name)"
    }
    return "\(byteCount)"
  }
}
