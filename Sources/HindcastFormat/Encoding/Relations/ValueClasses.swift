/// Which values of a column are equal: each value's class, numbered in order of first appearance. Floating point values are
/// equal if their bits are.
///
/// Encoder and decoder count the same way, so a table with an entry a class needs no keys.
struct ValueClasses {
  private(set) var codes: [Int64] = []
  private(set) var count = 0

  /// nil for uuids, vectors and lists, and where more than half of the values differ.
  init?(_ values: ColumnValues) {
    switch values {
    case .strings(let strings): self.init(strings)
    case .bool(let bools): self.init(words: bools.lazy.map { UInt64($0) }, count: bools.count)
    case .int64(let integers): self.init(words: integers.lazy.map { UInt64(bitPattern: $0) }, count: integers.count)
    case .float64(let floats): self.init(words: floats.lazy.map(\.bitPattern), count: floats.count)
    case .float32, .uuid, .stringList, .doubleList: return nil
    }
  }

  private init?(_ strings: ByteStrings) {
    guard let dictionary = StringDictionary(strings) else { return nil }
    codes = dictionary.codes
    count = dictionary.entries.count
  }

  private init?(words: some Sequence<UInt64>, count valueCount: Int) {
    let limit = max(valueCount / 2, 1)
    var capacity = 256
    var slots = [UInt32](repeating: 0, count: capacity)
    var distinct: [UInt64] = []
    var probesLeft = valueCount * 16
    codes.reserveCapacity(valueCount)
    for word in words {
      var slot = Self.slot(word, capacity)
      while slots[slot] != 0, distinct[Int(slots[slot]) - 1] != word {
        slot = (slot + 1) & (capacity - 1)
        probesLeft -= 1
      }
      guard probesLeft >= 0 else {
        guard let slowly = Self.slowly(words, limit: limit) else { return nil }
        self = slowly
        return
      }
      if slots[slot] != 0 {
        codes.append(Int64(slots[slot]) - 1)
        continue
      }
      guard distinct.count < limit else { return nil }
      distinct.append(word)
      slots[slot] = UInt32(distinct.count)
      codes.append(Int64(distinct.count) - 1)
      if distinct.count * 2 > capacity {
        capacity *= 2
        slots = [UInt32](repeating: 0, count: capacity)
        for (index, word) in distinct.enumerated() {
          var slot = Self.slot(word, capacity)
          while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
          slots[slot] = UInt32(index + 1)
        }
      }
    }
    count = distinct.count
  }

  /// The same with a hash table whose order nobody can foresee: for values that were made to collide in the fast one.
  private static func slowly(_ words: some Sequence<UInt64>, limit: Int) -> ValueClasses? {
    var codes: [Int64] = []
    var classes: [UInt64: Int64] = [:]
    for word in words {
      let code = classes[word] ?? Int64(classes.count)
      guard code < Int64(limit) else { return nil }
      classes[word] = code
      codes.append(code)
    }
    return ValueClasses(codes: codes, count: classes.count)
  }

  private init(codes: [Int64], count: Int) {
    self.codes = codes
    self.count = count
  }

  private static func slot(_ word: UInt64, _ capacity: Int) -> Int {
    Int((word &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - capacity.trailingZeroBitCount))
  }

  /// For each class the index of the first value in it.
  var firstIndexes: [Int] {
    var first: [Int] = []
    first.reserveCapacity(count)
    for (index, code) in codes.enumerated() where Int(code) == first.count { first.append(index) }
    return first
  }
}
