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

  static func split(_ uuids: [UInt8]) -> (times: [Int64], rest: [UInt8]) { UncheckedLoops.splitUUIDTimes(uuids) }

  static func decode(_ reader: inout StepReader, _ count: Int) throws(FormatError) -> [UInt8] {
    let times = try reader.integers(count)
    return UncheckedLoops.joinUUIDTimes(times, try reader.borrowedBytes(count * restByteCount))
  }
}
