/// Strings that are all decimal integers as their canonical text: no leading zeros, no `+`, no `-0`.
enum TextIntegers {
  static func decode(_ reader: inout StepReader, _ count: Int) throws(FormatError) -> ByteStrings {
    let integers = try reader.integers(count)
    // 20 characters are the most a 64-bit integer has.
    try reader.budget.take(count, stride: 20)
    return UncheckedLoops.decimalTexts(integers)
  }
}

/// Strings that are all uuids as their canonical text, 36 lower-case characters.
enum TextUUIDs {
  static func decode(_ reader: inout StepReader, _ count: Int) throws(FormatError) -> ByteStrings {
    let uuids = try reader.uuids(count)
    try reader.budget.take(count, stride: UUIDText.byteCount)
    return ByteStrings(
      offsets: (0...count).map { UInt32($0 * UUIDText.byteCount) }, bytes: UncheckedLoops.uuidTexts(uuids))
  }
}
