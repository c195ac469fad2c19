extension ColumnEncoder {
  func encode(strings values: ByteStrings) {
    guard values.count > 0 else { return writer.begin(.empty) }
    let decision = memory.decide(
      fits: { if case .text = $0 { true } else { false } }, choose: { .text(TextChoice.shape(values)) })
    guard case .text(let shape) = decision else { return }
    if encode(values, as: shape) { return }
    for other in [TextShape.dictionary, .plain] where other != shape {
      memory.correct(to: .text(other))
      if encode(values, as: other) { return }
    }
  }

  /// False, with nothing written, if the strings do not have this shape.
  private func encode(_ values: ByteStrings, as shape: TextShape) -> Bool {
    switch shape {
    case .plain:
      writer.begin(.textPlain)
      encode(integers: UncheckedLoops.lengths(values.offsets))
      values.bytes.withUnsafeBytes { encode(bytes: $0, .text) }
    case .dictionary:
      guard var dictionary = StringDictionary(values) else { return false }
      if effort == .compaction { dictionary.rankByFrequency() }
      writer.begin(.textDictionary)
      writer.data.appendVarint(dictionary.entries.count)
      _ = encode(dictionary.entries, as: .plain)
      encode(integers: dictionary.codes)
    case .integers:
      guard let integers = UncheckedLoops.parseDecimalTexts(values) else { return false }
      writer.begin(.textIntegers)
      encode(integers: integers)
    case .uuids:
      guard let uuids = UncheckedLoops.parseUUIDTexts(values) else { return false }
      writer.begin(.textUUIDs)
      encode(uuids: uuids)
    }
    return true
  }

  func encode(uuids values: [UInt8]) {
    guard !values.isEmpty else { return writer.begin(.empty) }
    let count = values.count / 16
    guard (0..<count).allSatisfy({ values[$0 * 16 + 6] >> 4 == 7 }) else {
      writer.begin(.uuidPlain)
      values.withUnsafeBytes { encode(bytes: $0, .numbers) }
      return
    }
    writer.begin(.uuidVersion7)
    let (times, rest) = UUIDVersion7Step.split(values)
    encode(integers: times)
    rest.withUnsafeBytes { encode(bytes: $0, .numbers) }
  }
}
