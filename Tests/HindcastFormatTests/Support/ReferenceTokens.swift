/// The `tokens` step as `proto/FORMAT.md` says it, one bit and one slot at a time: slow, simple, and written from that page
/// alone, so that the decoder that is fast can be held to it. Only for bytes that are right: it traps on others.
struct ReferenceTokens {
  private let bytes: [UInt8]
  private var offset = 0
  private var bit = 0

  /// What the step gives; `escapes` decodes the child from the bytes behind the step's own.
  static func decode(
    _ data: [UInt8], parameter: UInt8, count: Int, escapes: ([UInt8], Int) throws -> [Int64]
  ) rethrows -> [Int64] {
    var reader = ReferenceTokens(bytes: data)
    return try reader.decode(parameter, count, escapes)
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func decode(
    _ parameter: UInt8, _ count: Int, _ escapes: ([UInt8], Int) throws -> [Int64]
  ) rethrows -> [Int64] {
    let base = zigzag()
    let tokenCount = Int(byte())

    var tops: [UInt64] = []
    var slots: [(token: Int, first: UInt32, frequency: UInt32)] = []
    var mean = 4_096 / tokenCount
    var top: UInt64 = 0
    for token in 0..<tokenCount {
      top += golomb(0)
      tops.append(top)
      top += 1
      var order = 0
      while mean >> (order + 1) > 0 { order += 1 }
      let frequency = Int(golomb(order)) + 1
      let first = UInt32(slots.count)
      for _ in 0..<frequency { slots.append((token, first, UInt32(frequency))) }
      mean = (mean + frequency) / 2
    }
    let escape = tokenCount
    let escapeFirst = UInt32(slots.count)
    while slots.count < 4_096 { slots.append((escape, escapeFirst, 4_096 - escapeFirst)) }
    finishByte()

    var states = (0..<4).map { _ in UInt32(word()) | UInt32(word()) << 16 }
    var tokens: [Int] = []
    for index in 0..<count {
      let slot = states[index % 4] % 4_096
      let entry = slots[Int(slot)]
      tokens.append(entry.token)
      states[index % 4] = entry.frequency * (states[index % 4] / 4_096) + slot - entry.first
      if states[index % 4] < 32_768 { states[index % 4] = states[index % 4] * 65_536 + UInt32(word()) }
    }
    precondition(states == [32_768, 32_768, 32_768, 32_768])

    var values: [Int64] = []
    for token in tokens {
      guard token != escape else {
        values.append(0)
        continue
      }
      let (origin, lowBits) = Self.origin(tops[token], parameter)
      values.append(Int64(bitPattern: UInt64(bitPattern: base) &+ origin &+ bits(lowBits)))
    }
    finishByte()
    if parameter & 0x80 != 0 {
      let escaped = try escapes(Array(bytes[offset...]), tokens.filter { $0 == escape }.count)
      for (row, value) in zip(tokens.indices.filter { tokens[$0] == escape }, escaped) { values[row] = value }
    } else {
      precondition(offset == bytes.count)
    }
    return values
  }

  private static func origin(_ top: UInt64, _ parameter: UInt8) -> (UInt64, Int) {
    let number = UInt64(parameter & 0x3F)
    if parameter & 0x40 == 0 { return (top << number, Int(number)) }
    guard top >= 1 << number else { return (top, 0) }
    let lowBits = top / (1 << number) - 1
    return ((top - lowBits * (1 << number)) << lowBits, Int(lowBits))
  }

  private mutating func byte() -> UInt8 {
    offset += 1
    return bytes[offset - 1]
  }

  private mutating func word() -> UInt16 { UInt16(byte()) + UInt16(byte()) * 256 }

  private mutating func zigzag() -> Int64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = byte()
      value |= UInt64(next & 127) << shift
      shift += 7
      if next < 128 { break }
    }
    return value & 1 == 0 ? Int64(bitPattern: value >> 1) : ~Int64(bitPattern: value >> 1)
  }

  private mutating func bits(_ count: Int) -> UInt64 {
    var value: UInt64 = 0
    for place in 0..<count {
      value |= UInt64(bytes[offset] >> UInt8(bit) & 1) << UInt64(place)
      bit += 1
      if bit == 8 { (offset, bit) = (offset + 1, 0) }
    }
    return value
  }

  private mutating func golomb(_ order: Int) -> UInt64 {
    var zeros = 0
    while bits(1) == 0 { zeros += 1 }
    return (1 << UInt64(zeros + order)) + bits(zeros + order) - (1 << UInt64(order))
  }

  private mutating func finishByte() {
    if bit > 0 { (offset, bit) = (offset + 1, 0) }
  }
}
