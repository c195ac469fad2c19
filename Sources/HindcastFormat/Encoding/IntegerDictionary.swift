/// Distinct integers in ascending order, and each value's index among them; nil where most values differ, or
/// where so many collide in the hash table that someone must have made them to.
struct IntegerDictionary {
  private(set) var entries: [Int64]
  private(set) var codes: [Int64]

  init?(_ values: [Int64]) {
    let limit = max(values.count * 7 / 10, 2)
    var table = Table(distinctMax: min(values.count, limit))
    guard var codes = table.places(of: values, limit: limit) else { return nil }
    let sorted = SortedSample(table.distinct)
    entries = sorted.distances.map { sorted.base &+ Int64(bitPattern: $0) }
    table.setRanks(entries)
    UncheckedLoops.replace(&codes, with: table.ranks)
    self.codes = codes
  }

  /// A hash table of integers with open addressing.
  private struct Table {
    private(set) var distinct: [Int64] = []
    /// Of each distinct integer.
    private(set) var ranks: [Int64] = []
    /// Index of the distinct integer + 1, 0 for none.
    private var slots: [UInt32]
    private let shift: UInt64

    init(distinctMax: Int) {
      var capacity = 64
      while capacity < distinctMax * 2 { capacity *= 2 }
      slots = [UInt32](repeating: 0, count: capacity)
      shift = UInt64(64 - capacity.trailingZeroBitCount)
    }

    @inline(__always)
    private func firstSlot(_ value: Int64) -> Int {
      Int(truncatingIfNeeded: (UInt64(bitPattern: value) &* 0x9E37_79B9_7F4A_7C15) &>> shift)
    }

    /// For each value its index among the distinct ones.
    mutating func places(of values: [Int64], limit: Int) -> [Int64]? {
      var probesLeft = values.count * 16
      var places: [Int64] = []
      places.reserveCapacity(values.count)
      for value in values {
        var slot = firstSlot(value)
        while slots[slot] != 0, distinct[Int(slots[slot]) - 1] != value {
          slot = (slot + 1) & (slots.count - 1)
          probesLeft -= 1
        }
        guard probesLeft >= 0 else { return nil }
        if slots[slot] == 0 {
          guard distinct.count < limit else { return nil }
          distinct.append(value)
          slots[slot] = UInt32(distinct.count)
        }
        places.append(Int64(slots[slot]) - 1)
      }
      return places
    }

    /// `sorted`: the distinct integers in their order.
    mutating func setRanks(_ sorted: [Int64]) {
      ranks = [Int64](repeating: 0, count: distinct.count)
      for (rank, value) in sorted.enumerated() {
        var slot = firstSlot(value)
        while distinct[Int(slots[slot]) - 1] != value { slot = (slot + 1) & (slots.count - 1) }
        ranks[Int(slots[slot]) - 1] = Int64(rank)
      }
    }
  }
}
