/// Distinct integers in ascending order, and each value's index among them; nil where most values differ, or
/// where so many collide in the hash table that someone must have made them to.
struct IntegerDictionary {
  private(set) var entries: [Int64]
  private(set) var codes: [Int64]

  init?(_ values: [Int64]) {
    let limit = max(values.count * 7 / 10, 2)
    var capacity = 64
    while capacity < min(values.count, limit) * 2 { capacity *= 2 }
    let shift = UInt64(64 - capacity.trailingZeroBitCount)
    // Slot: index of the entry + 1, 0 for none.
    var slots = [UInt32](repeating: 0, count: capacity)
    var distinct: [Int64] = []
    var first = [Int64](repeating: 0, count: values.count)
    var probesLeft = values.count * 16
    for (row, value) in values.enumerated() {
      var slot = Int((UInt64(bitPattern: value) &* 0x9E37_79B9_7F4A_7C15) >> shift)
      while slots[slot] != 0, distinct[Int(slots[slot]) - 1] != value {
        slot = (slot + 1) & (capacity - 1)
        probesLeft -= 1
      }
      guard probesLeft >= 0 else { return nil }
      if slots[slot] == 0 {
        guard distinct.count < limit else { return nil }
        distinct.append(value)
        slots[slot] = UInt32(distinct.count)
      }
      first[row] = Int64(slots[slot]) - 1
    }
    let order = distinct.indices.sorted { distinct[$0] < distinct[$1] }
    var ranks = [Int64](repeating: 0, count: distinct.count)
    for (rank, index) in order.enumerated() { ranks[index] = Int64(rank) }
    entries = order.map { distinct[$0] }
    codes = first.map { ranks[Int($0)] }
  }
}
