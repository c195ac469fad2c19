/// Integers as their distance from a base, cut in two: the top, of which there are at most 255, goes through the entropy
/// coder, and the low bits, which are noise, are packed. A value of any other top is an escape: its token, and the value
/// itself in the child.
enum TokensStep {
  /// Tokens and low bits, not yet put together.
  struct Run {
    var tokens: [UInt8]
    var origins: TokenOrigins
    /// So many of the origins are tokens'.
    var tokenCount: Int
    /// How many low bits every token has, if all have the same and there are no escapes.
    var commonWidth: Int?
    /// Valid as long as the reader's bytes.
    var packed: UnsafeRawBufferPointer
    var hasEscapes: Bool
  }

  /// All but the escapes, which are still to be read.
  static func read(_ reader: inout StepReader, parameter: UInt8, _ count: Int) throws(FormatError) -> Run {
    guard let kind = TokenKind(parameter: parameter) else {
      throw FormatError(.corrupt, "encoding step tokens has parameter \(parameter), which means nothing")
    }
    let hasEscapes = TokenKind.hasEscapes(parameter: parameter)
    let base = try reader.data.zigzag()
    let table = try TokenTable(&reader.data)
    guard (table.escapeFrequency > 0) == hasEscapes else {
      throw FormatError(.corrupt, "the frequencies of tokens do not make \(TokenTable.total)")
    }
    var origins = TokenOrigins()
    for (token, top) in table.tops.enumerated() {
      guard let (distance, lowBits) = kind.origin(top: top) else {
        throw FormatError(.corrupt, "a token has more than \(TokenKind.lowBitsMax) low bits")
      }
      origins.set(token, base &+ Int64(bitPattern: distance), lowBits: lowBits)
    }

    try reader.budget.take(count)
    // However few the values, their slots are filled: counted, so that many small steps are no way to keep a reader busy.
    try reader.budget.take(TokenTable.total, stride: DecodingSlots.bytesPerSlot)
    let (tokens, consumed) = try UncheckedLoops.decodeTokens(
      reader.data.bytes, from: reader.data.offset, count: count, DecodingSlots(table))
    _ = try reader.data.take(consumed)

    let width = Int(origins.widths[0])
    let isCommon = !hasEscapes && origins.widths[..<table.tops.count].allSatisfy { $0 == origins.widths[0] }
    let lowBits = isCommon ? count * width : tokens.withUnsafeBufferPointer { UncheckedLoops.lowBitCount($0, origins) }
    let packed = try reader.data.take((lowBits + 7) / 8)
    return Run(
      tokens: tokens, origins: origins, tokenCount: table.tops.count,
      commonWidth: isCommon ? width : nil, packed: packed, hasEscapes: hasEscapes)
  }

  /// `transform` of each value.
  @inline(__always)
  static func values<T: BitwiseCopyable>(
    _ run: Run, _ reader: inout StepReader, _ transform: (Int64) -> T
  ) throws(FormatError) -> [T] {
    var values = UncheckedLoops.joinTokens(run.tokens, run.origins, commonWidth: run.commonWidth, run.packed, transform)
    for (row, escape) in try escapes(of: run, &reader) { values[row] = transform(escape) }
    return values
  }

  /// Which values are escapes, and those values.
  static func escapes(of run: Run, _ reader: inout StepReader) throws(FormatError) -> Zip2Sequence<[Int], [Int64]> {
    guard run.hasEscapes else { return zip([], []) }
    let rows = run.tokens.indices.filter { run.tokens[$0] == TokenTable.escape }
    return zip(rows, try reader.integers(rows.count))
  }
}
