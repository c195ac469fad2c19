/// Which rows of a column have a value: one bit a row, least significant first, 1 = has a value.
package struct Bitmap: Sendable, Equatable {
  /// Bits beyond `count` are always 0, so that equal bitmaps have equal words.
  package private(set) var words: [UInt64]
  package private(set) var count: Int

  package init() {
    words = []
    count = 0
  }

  package init(repeating bit: Bool, count: Int) {
    self.count = count
    words = Array(repeating: bit ? ~0 : 0, count: (count + 63) / 64)
    clearTail()
  }

  /// From the bytes of `Column.validity`: exactly `(count + 7) / 8` of them; bits beyond `count` are ignored.
  package init(bytes: some Collection<UInt8>, count: Int) {
    precondition(bytes.count == (count + 7) / 8)
    self.init(repeating: false, count: count)
    for (index, byte) in bytes.enumerated() { words[index >> 3] |= UInt64(byte) << (UInt64(index & 7) * 8) }
    clearTail()
  }

  /// From integers that are all 0 or 1; nil if one is neither.
  init?(_ bits: [Int64]) {
    self.init(repeating: false, count: bits.count)
    var seen: Int64 = 0
    for place in words.indices {
      var word: UInt64 = 0
      for (index, bit) in bits[place * 64..<min(place * 64 + 64, bits.count)].enumerated() {
        seen |= bit
        word |= UInt64(bitPattern: bit) &<< UInt64(truncatingIfNeeded: index)
      }
      words[place] = word
    }
    guard seen & ~1 == 0 else { return nil }
  }

  /// 0 or 1 for each row.
  var integers: [Int64] {
    var result = [Int64](repeating: 0, count: count)
    for row in 0..<count { result[row] = Int64(words[row >> 6] >> UInt64(row & 63) & 1) }
    return result
  }

  package var bytes: [UInt8] {
    (0..<(count + 7) / 8).map { UInt8(truncatingIfNeeded: words[$0 >> 3] >> (UInt64($0 & 7) * 8)) }
  }

  package subscript(_ row: Int) -> Bool {
    get {
      precondition(row >= 0 && row < count)
      return words[row >> 6] >> UInt64(row & 63) & 1 != 0
    }
    set {
      precondition(row >= 0 && row < count)
      let mask = UInt64(1) << UInt64(row & 63)
      if newValue { words[row >> 6] |= mask } else { words[row >> 6] &= ~mask }
    }
  }

  package mutating func append(_ bit: Bool) {
    if count & 63 == 0 { words.append(0) }
    if bit { words[count >> 6] |= UInt64(1) << UInt64(count & 63) }
    count += 1
  }

  package mutating func append(repeating bit: Bool, count added: Int) {
    var left = added
    while left > 0, count & 63 != 0 || left < 64 {
      append(bit)
      left -= 1
    }
    words.append(contentsOf: repeatElement(bit ? ~0 : 0, count: left / 64))
    count += left / 64 * 64
    for _ in 0..<left % 64 { append(bit) }
  }

  package mutating func append(contentsOf other: Bitmap) {
    if count & 63 == 0 {
      words += other.words
      count += other.count
    } else {
      for row in 0..<other.count { append(other[row]) }
    }
  }

  /// The bits of these rows, in this order.
  package func taking(rows: [Int]) -> Bitmap {
    var result = Bitmap()
    for row in rows { result.append(self[row]) }
    return result
  }

  package mutating func removeLast() {
    precondition(count > 0)
    self[count - 1] = false
    count -= 1
    if count & 63 == 0 { words.removeLast() }
  }

  package mutating func removeAll(keepingCapacity: Bool) {
    words.removeAll(keepingCapacity: keepingCapacity)
    count = 0
  }

  /// The number of rows that have a value.
  /// Sets what is set in another one of as many bits.
  package mutating func formUnion(_ other: Bitmap) {
    for index in words.indices { words[index] |= other.words[index] }
  }

  package var setCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// The rows that have a value, ascending.
  package var setRows: [Int] {
    var rows: [Int] = []
    rows.reserveCapacity(setCount)
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        rows.append(index << 6 + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
    return rows
  }

  private mutating func clearTail() {
    if count & 63 != 0, !words.isEmpty { words[words.count - 1] &= (1 << UInt64(count & 63)) - 1 }
  }
}
