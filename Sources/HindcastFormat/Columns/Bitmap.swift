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
    for _ in 0..<added { append(bit) }
  }

  package mutating func removeAll(keepingCapacity: Bool) {
    words.removeAll(keepingCapacity: keepingCapacity)
    count = 0
  }

  /// The number of rows that have a value.
  package var setCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  private mutating func clearTail() {
    if count & 63 != 0, !words.isEmpty { words[words.count - 1] &= (1 << UInt64(count & 63)) - 1 }
  }
}
