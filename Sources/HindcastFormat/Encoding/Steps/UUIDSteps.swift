/// The domain of uuids: 16 bytes each.
extension StepReader {
  mutating func uuids(_ count: Int) throws(FormatError) -> [UInt8] {
    let (step, _) = try enter()
    defer { leave() }
    try budget.take(count, stride: 16)
    switch step {
    case .empty where count == 0: return []
    case .uuidPlain: return try bytes(count * 16)
    case .uuidVersion7: return try UUIDVersion7Step.decode(&self, count)
    default: throw misplaced(step, "uuids")
    }
  }
}

/// Uuids that start with a time (version 7): the first 6 bytes as a big-endian integer, the other 10 apart.
enum UUIDVersion7Step {
  static let restByteCount = 10

  static func split(_ uuids: [UInt8]) -> (times: [Int64], rest: [UInt8]) {
    var times: [Int64] = []
    var rest: [UInt8] = []
    rest.reserveCapacity(uuids.count / 16 * restByteCount)
    for start in stride(from: 0, to: uuids.count, by: 16) {
      times.append(uuids[start..<start + 6].reduce(0) { $0 << 8 | Int64($1) })
      rest.append(contentsOf: uuids[start + 6..<start + 16])
    }
    return (times, rest)
  }

  static func decode(_ reader: inout StepReader, _ count: Int) throws(FormatError) -> [UInt8] {
    let times = try reader.integers(count)
    let rest = try reader.borrowedBytes(count * restByteCount)
    var uuids: [UInt8] = []
    uuids.reserveCapacity(count * 16)
    for row in 0..<count {
      let time = UInt64(bitPattern: times[row])
      for shift in stride(from: UInt64(40), through: 0, by: -8) {
        uuids.append(UInt8(truncatingIfNeeded: time >> shift))
      }
      uuids.append(contentsOf: rest[row * restByteCount..<(row + 1) * restByteCount])
    }
    return uuids
  }
}
