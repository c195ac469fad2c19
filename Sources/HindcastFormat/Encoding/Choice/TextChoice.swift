/// Which form strings should take.
enum TextChoice {
  static func shape(_ values: ByteStrings) -> TextShape {
    if TextIntegers.parse(values) != nil { return .integers }
    if TextUUIDs.parse(values) != nil { return .uuids }
    return StringDictionary(values) != nil ? .dictionary : .plain
  }
}
