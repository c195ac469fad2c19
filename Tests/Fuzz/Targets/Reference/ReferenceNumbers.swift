extension ReferenceDecoder {
  // MARK: Integers

  mutating func integers(_ count: Int) throws(ReferenceRefusal) -> [Int64] {
    let count = try bounded(count)
    return try step { decoder, code, parameter throws(ReferenceRefusal) in
      switch code {
      case 0x00 where count == 0: return []
      case 0x20: return Array(repeating: try decoder.data.zigzag(), count: count)
      case 0x21: return try decoder.bitPacked(Int(parameter), count)
      case 0x22:
        guard (1...8).contains(parameter) else { throw .wrong("\(parameter) byte planes") }
        var values = Array(repeating: try decoder.data.zigzag(), count: count)
        for plane in 0..<UInt64(parameter) {
          for (row, byte) in try decoder.bytes(count).enumerated() {
            values[row] &+= Int64(bitPattern: UInt64(byte) << (8 * plane))
          }
        }
        return values
      case 0x23:
        guard count > 0 else { throw .wrong("a delta of nothing") }
        var values = [try decoder.data.zigzag()]
        for difference in try decoder.integers(count - 1) { values.append(values.last! &+ difference) }
        return values
      case 0x24:
        let entryCount = try decoder.data.count(upTo: count)
        let entries = try decoder.integers(entryCount)
        return try Self.lookedUp(try decoder.integers(count), in: entries)
      case 0x25: return try decoder.runs(count)
      case 0x26:
        let base = try decoder.data.zigzag()
        let factor = Int64(bitPattern: try decoder.data.varint())
        return try decoder.integers(count).map { base &+ factor &* $0 }
      case 0x27: return try decoder.tokens(parameter, count)
      default: throw .wrong("step \(code) gives no integers")
      }
    }
  }

  private mutating func bitPacked(_ width: Int, _ count: Int) throws(ReferenceRefusal) -> [Int64] {
    guard (1...64).contains(width) else { throw .wrong("bit_packed of \(width) bits") }
    let base = try data.zigzag()
    var bits = ReferenceBytes(try bytes((count * width + 7) / 8))
    var values: [Int64] = []
    for _ in 0..<count { values.append(base &+ Int64(bitPattern: try bits.bits(width))) }
    return values
  }

  private mutating func runs(_ count: Int) throws(ReferenceRefusal) -> [Int64] {
    let runCount = try data.count(upTo: count)
    let values = try integers(runCount)
    var all: [Int64] = []
    for (value, length) in zip(values, try integers(runCount)) {
      guard length >= 1, length <= count - all.count else { throw .wrong("a run of \(length)") }
      all += repeatElement(value, count: Int(length))
    }
    guard all.count == count else { throw .wrong("runs of \(all.count) values, not \(count)") }
    return all
  }

  // MARK: Floating point

  mutating func float32s(_ count: Int) throws(ReferenceRefusal) -> [Float] {
    let count = try bounded(count)
    return try step { decoder, code, _ throws(ReferenceRefusal) in
      switch code {
      case 0x00 where count == 0: return []
      case 0x30: return try decoder.integers(count).map(Self.float)
      default: throw .wrong("step \(code) gives no float32")
      }
    }
  }

  mutating func float64s(_ count: Int) throws(ReferenceRefusal) -> [Double] {
    let count = try bounded(count)
    return try step { decoder, code, parameter throws(ReferenceRefusal) in
      switch code {
      case 0x00 where count == 0: return []
      case 0x31:
        return try decoder.integers(count).map { ordered in
          Double(bitPattern: UInt64(bitPattern: ordered >= 0 ? ordered : ordered ^ .max))
        }
      case 0x32:
        return try decoder.integers(count).map(Self.float).map { float in
          float.isNaN ? Double(bitPattern: 0x7ff8_0000_0000_0000) : Double(float)
        }
      case 0x33: return try decoder.decimals(Int(parameter), count)
      default: throw .wrong("step \(code) gives no float64")
      }
    }
  }

  private static func float(_ ordered: Int64) -> Float {
    let low = Int32(truncatingIfNeeded: ordered)
    return Float(bitPattern: UInt32(bitPattern: low >= 0 ? low : low ^ .max))
  }

  private mutating func decimals(_ exponent: Int, _ count: Int) throws(ReferenceRefusal) -> [Double] {
    guard exponent <= 15 else { throw .wrong("a decimal of \(exponent) digits") }
    let exceptionCount = try data.count(upTo: count)
    let rows = try integers(exceptionCount)
    let bits = try integers(exceptionCount)
    var divisor = 1.0
    for _ in 0..<exponent { divisor *= 10 }
    var values = try integers(count).map { Double($0) / divisor }
    for (row, bits) in zip(rows, bits) {
      guard row >= 0, row < count else { throw .wrong("an exception in row \(row)") }
      values[Int(row)] = Double(bitPattern: UInt64(bitPattern: bits))
    }
    return values
  }
}
