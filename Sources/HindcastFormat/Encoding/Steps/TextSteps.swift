/// The domain of byte strings: columns of string and bytes, elements of lists, dictionary entries.
extension StepReader {
  /// With `isText` the bytes of every string are checked to be UTF-8. `isResult`: these are values of the column, not the
  /// entries of a dictionary.
  mutating func strings(_ count: Int, isText: Bool, isResult: Bool = true) throws(FormatError) -> ByteStrings {
    let (step, _) = try enter()
    defer { leave() }
    try budget.take(count, stride: 4)
    switch step {
    case .empty where count == 0: return ByteStrings()
    case .textPlain: return try plainStrings(count, isText: isText, isResult: isResult)
    case .textDictionary: return try dictionaryStrings(count, isText: isText, isResult: isResult)
    case .textIntegers: return try TextIntegers.decode(&self, count)
    case .textUUIDs: return try TextUUIDs.decode(&self, count)
    default: throw misplaced(step, "strings")
    }
  }

  /// Lengths, then all bytes one after the other.
  private mutating func plainStrings(
    _ count: Int, isText: Bool, isResult: Bool
  ) throws(FormatError) -> ByteStrings {
    let (lengths, total) = try lengths(
      count, upTo: Limits.valueBytesMax, totalUpTo: Limits.decodedBytesMax, "string")
    if isResult { try budget.expect(textBytes: total) }
    try budget.take(total)
    var strings = ByteStrings()
    strings.offsets = UncheckedLoops.prefixSums(first: 0, lengths).map { UInt32($0) }
    strings.bytes = try bytes(total)
    if isText { try strings.checkUTF8() }
    return strings
  }

  /// Distinct strings, then for each row the index of its string.
  private mutating func dictionaryStrings(
    _ count: Int, isText: Bool, isResult: Bool
  ) throws(FormatError) -> ByteStrings {
    let entryCount = try data.count(upTo: count, "the number of dictionary entries")
    let entries = try strings(entryCount, isText: isText, isResult: false)
    if isNext(.tokens) {
      return try tokens(count) { run, reader throws(FormatError) in
        if run.commonWidth == 0, let strings = try reader.strings(of: entries, run, isResult: isResult) {
          return strings
        }
        return try reader.strings(of: entries, try TokensStep.values(run, &reader) { $0 }, isResult: isResult)
      }
    }
    return try strings(of: entries, try integers(count), isResult: isResult)
  }

  /// Where each token is a code, the tokens themselves are looked up; nil if one would be no code.
  private mutating func strings(
    of entries: ByteStrings, _ run: TokensStep.Run, isResult: Bool
  ) throws(FormatError) -> ByteStrings? {
    let codes = run.origins.values[..<run.tokenCount]
    guard codes.allSatisfy({ $0 >= 0 && $0 < entries.count }) else { return nil }
    // All of them in their order, mostly.
    let isAll = codes.elementsEqual(0..<Int64(entries.count))
    return try strings(of: isAll ? entries : entries.taking(codes.map { Int($0) }), run.tokens, isResult: isResult)
  }

  private mutating func strings(
    of entries: ByteStrings, _ codes: [some FixedWidthInteger & BitwiseCopyable], isResult: Bool
  ) throws(FormatError) -> ByteStrings {
    guard let (offsets, total) = UncheckedLoops.offsets(of: entries.offsets, codes: codes) else {
      throw FormatError(
        .corrupt, "a code of encoding step text_dictionary is not among its \(entries.count) entries")
    }
    guard total <= Limits.decodedBytesMax else { throw budget.exceeded }
    if isResult { try budget.expect(textBytes: total) }
    try budget.take(total)
    return ByteStrings(
      offsets: offsets, bytes: UncheckedLoops.copyStrings(entries, rows: codes, offsets: offsets))
  }
}
