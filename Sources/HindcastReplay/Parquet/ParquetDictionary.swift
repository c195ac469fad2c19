internal import HindcastFormat

/// The distinct values of a column chunk, where they are few enough that codes are worth it.
struct ParquetDictionary {
  /// For each entry, in order of first appearance, the index of a value equal to it.
  var entries: [Int]
  /// For each value the index of its entry.
  var codes: [UInt32]

  /// More entries than this are not gathered.
  static let entriesMax = 65_536
  /// A dictionary over this size does not fit caches, and readers hold it whole.
  static let bytesMax = 1 << 20
  /// After this many values a column that has hardly repeated is given up.
  private static let sampleCount = 2_048

  /// nil: no dictionary is worth it.
  init?(_ values: ParquetValues, _ type: ParquetType) {
    switch type {
    case .boolean: return nil
    case .int64, .timestamp: self.init(numbers: values.int64s, byteCount: 8) { UInt64(bitPattern: $0) }
    // By bits, so that each NaN and both zeros come back as they were.
    case .float: self.init(numbers: values.floats, byteCount: 4) { UInt64($0.bitPattern) }
    case .double: self.init(numbers: values.doubles, byteCount: 8) { $0.bitPattern }
    case .string, .bytes: self.init(values.strings)
    }
  }

  private init?<Number: BitwiseCopyable>(numbers: [Number], byteCount: Int, bits: (Number) -> UInt64) {
    self.init(
      count: numbers.count,
      hash: { Self.mix(bits(numbers[$0])) },
      equal: { bits(numbers[$0]) == bits(numbers[$1]) },
      byteCount: { _ in byteCount })
  }

  private init?(_ strings: ByteStrings) {
    let found: ParquetDictionary?? = strings.bytes.withUnsafeBytes { all in
      strings.offsets.withUnsafeBufferPointer { offsets in
        func string(_ index: Int) -> UnsafeRawBufferPointer {
          UnsafeRawBufferPointer(rebasing: all[Int(offsets[index])..<Int(offsets[index + 1])])
        }
        return ParquetDictionary(
          count: strings.count,
          hash: { Checksum.xxh3(string($0)) },
          equal: { left, right in
            let (left, right) = (string(left), string(right))
            return left.count == right.count && left.elementsEqual(right)
          },
          byteCount: { 4 + Int(offsets[$0 + 1] - offsets[$0]) })
      }
    }
    guard let dictionary = found ?? nil else { return nil }
    self = dictionary
  }

  /// Open addressing over entry numbers. Gives up as soon as the entries are too many for what they save.
  private init?(count: Int, hash: (Int) -> UInt64, equal: (Int, Int) -> Bool, byteCount: (Int) -> Int) {
    guard count > 1 else { return nil }
    let entriesMax = min(Self.entriesMax, count / 2)
    var slots = [UInt32](repeating: .max, count: 1_024)
    var entryHashes: [UInt64] = []
    var entryBytes = 0
    entries = []
    codes = []
    codes.reserveCapacity(count)
    for index in 0..<count {
      let hashed = hash(index)
      var slot = Int(truncatingIfNeeded: hashed) & (slots.count - 1)
      while slots[slot] != .max {
        let entry = Int(slots[slot])
        if entryHashes[entry] == hashed, equal(entries[entry], index) { break }
        slot = (slot + 1) & (slots.count - 1)
      }
      if slots[slot] != .max {
        codes.append(slots[slot])
        continue
      }
      entryBytes += byteCount(index)
      guard entries.count < entriesMax, entryBytes <= Self.bytesMax else { return nil }
      if index >= Self.sampleCount, entries.count > index / 2 { return nil }
      slots[slot] = UInt32(entries.count)
      codes.append(UInt32(entries.count))
      entries.append(index)
      entryHashes.append(hashed)
      if entries.count * 2 > slots.count { Self.grow(&slots, entryHashes) }
    }
  }

  private static func grow(_ slots: inout [UInt32], _ entryHashes: [UInt64]) {
    slots = [UInt32](repeating: .max, count: slots.count * 2)
    for (entry, hash) in entryHashes.enumerated() {
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] != .max { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(entry)
    }
  }

  /// The finaliser of MurmurHash3: spreads numbers that differ in few bits.
  private static func mix(_ bits: UInt64) -> UInt64 {
    var hash = bits
    hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
    hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return hash ^ hash >> 33
  }
}
