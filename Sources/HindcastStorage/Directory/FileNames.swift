internal import HindcastFormat

/// Names of files and folders in a data directory.
enum FileNames {
  static let lock = "LOCK"
  static let manifest = "MANIFEST"
  static let journal = "journal"
  static let archive = "archive"
  static let torn = "torn"
  static let reserve = "RESERVE"
  /// In the journal's folder: what becomes the next segment.
  static let prepared = "prepared"
  /// Ends the name of everything that is not finished; such files are removed at the next exclusive open.
  static let temporarySuffix = ".temporary"
  static let segmentSuffix = ".segment"
  static let archiveSuffix = ".archive"
  private static let undated = "undated"

  static func segment(_ id: UInt64) -> String { hexadecimal(id) + segmentSuffix }

  /// The id in a segment's name; nil for any other name.
  static func segmentID(_ name: String) -> UInt64? {
    guard name.hasSuffix(segmentSuffix) else { return nil }
    return identifier(name.dropLast(segmentSuffix.count))
  }

  /// `day` counts from 1970; nil for rows without a time.
  static func archiveFile(day: Int64?, id: UInt64) -> String {
    "\(day.map(dayText) ?? undated)-\(hexadecimal(id))\(archiveSuffix)"
  }

  /// Whether an archive file, by its name or path, holds rows without a time.
  static func isUndated(_ name: String) -> Bool { name.split(separator: "/").last?.hasPrefix("\(undated)-") ?? false }

  /// The id in an archive file's name or path; nil for any other name.
  static func archiveID(_ name: String) -> UInt64? {
    guard name.hasSuffix(archiveSuffix) else { return nil }
    return identifier(name.dropLast(archiveSuffix.count).suffix(16))
  }

  /// The id at the beginning of the name of something that was set aside, or of an archive file's; nil for any other name.
  static func asideID(_ name: String) -> UInt64? { archiveID(name) ?? identifier(name.prefix(16)) }

  /// 16 lower-case digits.
  static func hexadecimal(_ id: UInt64) -> String {
    let digits = String(id, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func identifier(_ digits: Substring) -> UInt64? {
    guard digits.utf8.count == 16, digits.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else { return nil }
    return UInt64(digits, radix: 16).flatMap { $0 <= Limits.positionMax ? $0 : nil }
  }

  /// A model's folder. Lower-case letters, digits, `-`, `_` and inner dots stand for themselves, every other byte is `%`
  /// and two digits, so that distinct models have distinct folders also where case does not count, and none leads out of
  /// the archive. A long name is cut and ends in `~` and its hash.
  static func folder(ofModel model: String) -> String {
    var name = ""
    for (index, byte) in model.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
        UInt8(ascii: "_"):
        name.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: ".") where index > 0:
        name += "."
      default:
        name += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }
    if name.utf8.count <= folderBytesMax { return name }
    return String(name.prefix(folderBytesMax - 17)) + "~" + hexadecimal(Checksum.xxh3(model))
  }

  private static let folderBytesMax = 200

  /// `2026-11-23` for days since 1970; days outside the years 0 to 9999 are written as `day-123` or `day+123`.
  static func dayText(_ day: Int64) -> String {
    // Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
    guard (-719_528...2_932_896).contains(day) else { return day < 0 ? "day\(day)" : "day+\(day)" }
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func padded(_ value: Int64, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
  }
}
