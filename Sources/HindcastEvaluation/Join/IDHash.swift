internal import HindcastFormat
internal import HindcastReplay

/// What the join keeps of an id: 128 bits of XXH3 over its text.
///
/// Two of n ids share a hash with odds of about n^2 / 2^129: 3 in 10^24 for 40 million ids, what the table holds by
/// default. Two ids that did would be taken for one. XXH3 is not made to withstand someone who looks for collisions:
/// who can log ids of their choice can make an evaluation of their own model wrong, and could do so with less effort.
struct IDHash: Hashable {
  var low: UInt64
  var high: UInt64

  init(text: UnsafeRawBufferPointer) { (low, high) = Checksum.xxh3Wide(text) }

  init(_ strings: ByteStrings, _ row: Int) {
    let range = Int(strings.offsets[row])..<Int(strings.offsets[row + 1])
    let wide = strings.bytes.withUnsafeBytes { Checksum.xxh3Wide(UnsafeRawBufferPointer(rebasing: $0[range])) }
    (low, high) = wide
  }

  func hash(into hasher: inout Hasher) { hasher.combine(low) }
}

extension IDHash {
  /// The hash of every row's id. A uuid hashes as its canonical lower-case text, so it joins with a string of the same.
  static func hashes(of column: Column, rowCount: Int) throws(EvaluationError) -> [IDHash] {
    switch column.values {
    case .strings(let strings) where column.schema.type == .string && strings.count == rowCount:
      return (0..<rowCount).map { IDHash(strings, $0) }
    case .uuid(let bytes) where bytes.count == rowCount * 16:
      var text: [UInt8] = []
      return (0..<rowCount).map { row in
        text.removeAll(keepingCapacity: true)
        UUIDText.append(bytes[(row * 16)..<(row * 16 + 16)], to: &text)
        return text.withUnsafeBytes { IDHash(text: $0) }
      }
    default:
      throw EvaluationError(.invalidBlock, "the id column has no string and no uuid in every row")
    }
  }
}
