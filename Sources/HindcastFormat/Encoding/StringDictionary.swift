/// Distinct strings in order of first appearance, and each row's index among them; nil where most strings differ.
struct StringDictionary {
  private(set) var entries = ByteStrings()
  private(set) var codes: [Int64] = []

  init?(_ values: ByteStrings) {
    let limit = max(values.count / 2, 1)
    var collides = false
    guard let firstRows = fill(values, limit, &collides) ?? (collides ? fillSlowly(values, limit) : nil) else {
      return nil
    }
    entries = values.taking(firstRows)
  }

  /// Sets the codes; gives the row of each distinct string's first appearance. nil: there are more than `limit`, or so many
  /// collide in the hash table that someone must have made them to.
  private mutating func fill(_ values: ByteStrings, _ limit: Int, _ collides: inout Bool) -> [Int]? {
    var capacity = 256
    // Slot: index of the entry + 1 (0 for none), and its hash, so that entries are compared rarely.
    var slots = [(index: UInt32, hash: UInt32)](repeating: (0, 0), count: capacity)
    var firstRows: [Int] = []
    var codes: [Int64] = []
    codes.reserveCapacity(values.count)
    let succeeded = values.bytes.withUnsafeBytes { bytes in
      values.offsets.withUnsafeBufferPointer { offsets in
        var probesLeft = values.count * 16
        for row in 0..<offsets.count - 1 {
          let hash = UInt32(truncatingIfNeeded: UncheckedLoops.hash(bytes, offsets, row))
          var slot = Int(hash) & (capacity - 1)
          while slots[slot].index != 0 {
            if slots[slot].hash == hash,
              UncheckedLoops.equal(bytes, offsets, row, firstRows[Int(slots[slot].index) - 1])
            {
              break
            }
            slot = (slot + 1) & (capacity - 1)
            probesLeft -= 1
          }
          guard probesLeft >= 0 else {
            collides = true
            return false
          }
          if slots[slot].index == 0 {
            guard firstRows.count < limit else { return false }
            firstRows.append(row)
            slots[slot] = (UInt32(firstRows.count), hash)
            codes.append(Int64(firstRows.count - 1))
            if firstRows.count * 2 > capacity {
              capacity *= 2
              Self.grow(&slots, to: capacity)
            }
          } else {
            codes.append(Int64(slots[slot].index) - 1)
          }
        }
        return true
      }
    }
    self.codes = codes
    return succeeded ? firstRows : nil
  }

  /// The same with a hash table whose order nobody can foresee.
  private mutating func fillSlowly(_ values: ByteStrings, _ limit: Int) -> [Int]? {
    var places: [ArraySlice<UInt8>: Int64] = [:]
    var firstRows: [Int] = []
    codes.removeAll(keepingCapacity: true)
    for row in 0..<values.count {
      let code = places[values[row]] ?? Int64(places.count)
      guard code < Int64(limit) else { return nil }
      if code == Int64(places.count) {
        places[values[row]] = code
        firstRows.append(row)
      }
      codes.append(code)
    }
    return firstRows
  }

  private static func grow(_ slots: inout [(index: UInt32, hash: UInt32)], to capacity: Int) {
    var grown = [(index: UInt32, hash: UInt32)](repeating: (0, 0), count: capacity)
    for old in slots where old.index != 0 {
      var slot = Int(old.hash) & (capacity - 1)
      while grown[slot].index != 0 { slot = (slot + 1) & (capacity - 1) }
      grown[slot] = old
    }
    slots = grown
  }

  /// Reorders the entries so that the most frequent come first: codes become small, and their high bytes mostly zero.
  mutating func rankByFrequency() {
    var counts = [Int](repeating: 0, count: entries.count)
    for code in codes { counts[Int(code)] += 1 }
    let order = counts.indices.sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
    var ranks = [Int64](repeating: 0, count: order.count)
    for (rank, index) in order.enumerated() { ranks[index] = Int64(rank) }
    entries = entries.taking(order)
    codes = codes.map { ranks[Int($0)] }
  }
}
