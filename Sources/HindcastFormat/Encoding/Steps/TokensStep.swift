/// Integers as their distance from a base, cut in two: the top, of which there are at most 255, goes through the entropy
/// coder, and the low bits, which are noise, are packed. A value of any other top is an escape: its token, and the value
/// itself in the child.
enum TokensStep {
  static func decode(_ reader: inout StepReader, parameter: UInt8, _ count: Int) throws(FormatError) -> [Int64] {
    guard let kind = TokenKind(parameter: parameter) else {
      throw FormatError(.corrupt, "encoding step tokens has parameter \(parameter), which means nothing")
    }
    let hasEscapes = TokenKind.hasEscapes(parameter: parameter)
    let base = try reader.data.zigzag()
    let table = try TokenTable(&reader.data)
    guard (table.escapeFrequency > 0) == hasEscapes else {
      throw FormatError(.corrupt, "the frequencies of tokens do not make \(TokenTable.total)")
    }
    var origins = [TokenOrigin](repeating: TokenOrigin(value: 0, lowBits: 0), count: 256)
    for (token, top) in table.tops.enumerated() {
      guard let (distance, lowBits) = kind.origin(top: top) else {
        throw FormatError(.corrupt, "a token has more than \(TokenKind.lowBitsMax) low bits")
      }
      origins[token] = TokenOrigin(value: base &+ Int64(bitPattern: distance), lowBits: UInt64(lowBits))
    }

    try reader.budget.take(count)
    // However few the values, their slots are filled: counted, so that many small steps are no way to keep a reader busy.
    try reader.budget.take(TokenTable.total, stride: DecodingSlots.bytesPerSlot)
    let (tokens, consumed) = try UncheckedLoops.decodeTokens(
      reader.data.bytes, from: reader.data.offset, count: count, DecodingSlots(table))
    _ = try reader.data.take(consumed)

    let width = Int(origins[0].lowBits)
    let isCommon = !hasEscapes && origins[..<table.tops.count].allSatisfy { $0.lowBits == origins[0].lowBits }
    let lowBits = isCommon ? count * width : UncheckedLoops.lowBitCount(tokens, origins)
    let packed = try reader.data.take((lowBits + 7) / 8)
    var values = UncheckedLoops.joinTokens(tokens, origins, commonWidth: isCommon ? width : nil, packed)
    if hasEscapes {
      let rows = tokens.indices.filter { tokens[$0] == TokenTable.escape }
      let escapes = try reader.integers(rows.count)
      for (row, escape) in zip(rows, escapes) { values[row] = escape }
    }
    return values
  }
}
