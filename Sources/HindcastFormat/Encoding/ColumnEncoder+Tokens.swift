extension ColumnEncoder {
  /// False, with nothing written, if too many values would be escapes.
  func encode(_ values: [Int64], _ bounds: (min: Int64, max: Int64), asTokens kind: TokenKind) -> Bool {
    let base = TokenChoice.base(values, bounds, kind)
    let beyond = TokenChoice.placeCount(base, bounds, kind)
    let (places, histogram) = values.withUnsafeBufferPointer {
      UncheckedLoops.tokenPlaces($0, base: base, kind, beyond: beyond)
    }
    let chosen = Self.mostFrequent(histogram)
    let counts = chosen.map { histogram[$0] }
    let escapeCount = values.count - counts.reduce(0) { $0 + Int($1) }
    guard !chosen.isEmpty, escapeCount * 16 <= values.count else { return false }
    let table = TokenTable(tops: chosen.map { UInt64($0) }, counts: counts, total: values.count)

    var tokens = [UInt8](repeating: TokenTable.escape, count: histogram.count)
    var widths = [UInt8](repeating: 0, count: 256)
    var symbols = [EncodingSymbol](repeating: EncodingSymbol(start: 0, frequency: 0), count: 256)
    var start = 0
    for (token, place) in chosen.enumerated() {
      tokens[place] = UInt8(token)
      widths[token] = UInt8(kind.origin(top: UInt64(place))?.lowBits ?? 0)
      symbols[token] = EncodingSymbol(start: start, frequency: table.frequencies[token])
      start += table.frequencies[token]
    }
    symbols[Int(TokenTable.escape)] = EncodingSymbol(start: start, frequency: table.escapeFrequency)

    let lowBits = zip(counts, widths).reduce(0) { $0 + Int($1.0) * Int($1.1) }
    let isCommon = escapeCount == 0 && widths[..<chosen.count].allSatisfy { $0 == widths[0] }
    let room = scratch.room(values.count)
    let packed = values.withUnsafeBufferPointer {
      UncheckedLoops.splitTokens(
        $0, base: base, places, tokens, widths, commonWidth: isCommon ? Int(widths[0]) : nil, lowBits: lowBits,
        tokens: room)
    }
    writer.begin(.tokens, parameter: Int(kind.parameter(hasEscapes: escapeCount > 0)))
    writer.data.appendZigzag(base)
    table.append(to: &writer.data)
    writer.data += UncheckedLoops.encodeTokens(UnsafeBufferPointer(room.bindMemory(to: UInt8.self)), symbols)
    writer.data += packed
    if escapeCount > 0 {
      var escapes: [Int64] = []
      for (value, place) in zip(values, places) where tokens[Int(place)] == TokenTable.escape { escapes.append(value) }
      write(escapes: escapes)
    }
    return true
  }

  /// The places that become tokens, ascending; of equally frequent ones the lower. The last is that of all others.
  private static func mostFrequent(_ histogram: [UInt32]) -> [Int] {
    let used = (0..<histogram.count - 1).filter { histogram[$0] > 0 }
    guard used.count > TokenTable.countMax else { return used }
    return used.sorted { histogram[$0] != histogram[$1] ? histogram[$0] > histogram[$1] : $0 < $1 }
      .prefix(TokenTable.countMax).sorted()
  }

  /// Without asking the memory, since there may be escapes in one block and none in the next.
  private func write(escapes: [Int64]) {
    let bounds = escapes.withUnsafeBufferPointer { UncheckedLoops.bounds($0) }
    let width = 64 - UInt64(bitPattern: bounds.max &- bounds.min).leadingZeroBitCount
    guard width > 0 else {
      writer.begin(.constant)
      writer.data.appendZigzag(bounds.min)
      return
    }
    writer.begin(.bitPacked, parameter: width)
    writer.data.appendZigzag(bounds.min)
    writer.begin(.raw)
    escapes.withUnsafeBufferPointer { UncheckedLoops.packBits($0, base: bounds.min, width: width, to: &writer.data) }
  }
}
