/// Which form strings should take.
enum TextChoice {
  static func shape(_ values: ByteStrings) -> TextShape {
    if UncheckedLoops.parseDecimalTexts(values) != nil { return .integers }
    if UncheckedLoops.parseUUIDTexts(values) != nil { return .uuids }
    return StringDictionary(values) != nil ? .dictionary : .plain
  }
}
