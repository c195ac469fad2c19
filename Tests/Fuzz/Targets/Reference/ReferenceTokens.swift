extension ReferenceDecoder {
  /// The `tokens` step, one bit and one slot at a time.
  mutating func tokens(_ parameter: UInt8, _ count: Int) throws(ReferenceRefusal) -> [Int64] {
    let order = Int(parameter % 64)
    let isLogarithmic = parameter & 64 != 0
    let hasEscapes = parameter & 128 != 0
    guard order <= (isLogarithmic ? 7 : 56) else { throw .wrong("tokens: \(order) bits") }
    let base = try data.zigzag()
    let tokenCount = Int(try data.byte())
    guard tokenCount > 0 else { throw .wrong("tokens: none") }

    var origins: [(start: UInt64, lowBits: Int)] = []
    var slots: [(token: Int, first: UInt64, frequency: UInt64)] = []
    var mean = 4_096 / tokenCount
    var top: UInt64 = 0
    for token in 0..<tokenCount {
      top += try data.golomb(0)
      origins.append(try Self.origin(top, order, isLogarithmic))
      top += 1
      var bits = 0
      while mean >> (bits + 1) > 0 { bits += 1 }
      let frequency = try data.golomb(bits) + 1
      guard frequency <= UInt64(4_096 - slots.count) else { throw .wrong("tokens: more than 4096 slots") }
      let first = UInt64(slots.count)
      for _ in 0..<frequency { slots.append((token, first, frequency)) }
      mean = (mean + Int(frequency)) / 2
    }
    let escapeSlots = 4_096 - slots.count
    guard hasEscapes == (escapeSlots > 0) else { throw .wrong("tokens: \(escapeSlots) slots of escapes") }
    let firstOfEscapes = UInt64(slots.count)
    while slots.count < 4_096 { slots.append((tokenCount, firstOfEscapes, UInt64(escapeSlots))) }
    guard data.finishByte() else { throw .wrong("tokens: bits behind the table") }

    var states: [UInt64] = []
    for _ in 0..<4 { states.append(try data.number(bytes: 4)) }
    guard states.allSatisfy({ $0 >= 1 << 15 && $0 < 1 << 31 }) else { throw .wrong("tokens: a state out of range") }
    var tokens: [Int] = []
    for index in 0..<count {
      let state = states[index % 4]
      let slot = slots[Int(state % 4_096)]
      tokens.append(slot.token)
      var next = slot.frequency * (state / 4_096) + state % 4_096 - slot.first
      if next < 1 << 15 { next = next << 16 + (try data.number(bytes: 2)) }
      states[index % 4] = next
    }
    guard states == [1 << 15, 1 << 15, 1 << 15, 1 << 15] else { throw .wrong("tokens: the states end elsewhere") }

    var values: [Int64] = []
    for token in tokens {
      guard token < tokenCount else {
        values.append(0)
        continue
      }
      let distance = origins[token].start &+ (try data.bits(origins[token].lowBits))
      values.append(Int64(bitPattern: UInt64(bitPattern: base) &+ distance))
    }
    _ = data.finishByte()
    guard hasEscapes else { return values }
    let rows = tokens.indices.filter { tokens[$0] == tokenCount }
    for (row, value) in zip(rows, try integers(rows.count)) { values[row] = value }
    return values
  }

  private static func origin(
    _ top: UInt64, _ order: Int, _ isLogarithmic: Bool
  ) throws(ReferenceRefusal) -> (start: UInt64, lowBits: Int) {
    guard isLogarithmic else { return (top << UInt64(order), order) }
    guard top >= 1 << UInt64(order) else { return (top, 0) }
    let lowBits = top / (1 << UInt64(order)) - 1
    guard lowBits <= 56 else { throw .wrong("tokens: a top with \(lowBits) low bits") }
    return ((top - lowBits << UInt64(order)) << lowBits, Int(lowBits))
  }
}
