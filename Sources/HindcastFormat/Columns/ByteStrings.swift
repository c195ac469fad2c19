/// Many byte strings in one buffer: string `i` is `bytes[offsets[i]..<offsets[i + 1]]`.
package struct ByteStrings: Sendable, Equatable {
  /// One more than there are strings, ascending, the first 0, the last `bytes.count`.
  package var offsets: [UInt32]
  package var bytes: [UInt8]

  package init() {
    offsets = [0]
    bytes = []
  }

  package init(offsets: [UInt32], bytes: [UInt8]) {
    self.offsets = offsets
    self.bytes = bytes
  }

  package init(_ strings: some Sequence<String>) {
    self.init()
    for string in strings { append(string) }
  }

  package var count: Int { offsets.count - 1 }

  package subscript(_ index: Int) -> ArraySlice<UInt8> {
    bytes[Int(offsets[index])..<Int(offsets[index + 1])]
  }

  /// Invalid UTF-8 (possible only in `bytes` columns) comes back repaired.
  package func string(_ index: Int) -> String {
    String(decoding: self[index], as: UTF8.self)
  }

  package mutating func append(_ string: String) {
    var string = string
    string.withUTF8 { bytes.append(contentsOf: $0) }
    offsets.append(UInt32(bytes.count))
  }

  package mutating func append(_ string: some Sequence<UInt8>) {
    bytes.append(contentsOf: string)
    offsets.append(UInt32(bytes.count))
  }

  package mutating func appendEmpty() { offsets.append(UInt32(bytes.count)) }

  /// Keeps the first `count` strings.
  package mutating func truncate(to count: Int) {
    bytes.removeLast(bytes.count - Int(offsets[count]))
    offsets.removeLast(offsets.count - 1 - count)
  }

  package mutating func removeAll(keepingCapacity: Bool) {
    offsets.removeAll(keepingCapacity: keepingCapacity)
    offsets.append(0)
    bytes.removeAll(keepingCapacity: keepingCapacity)
  }

  package func bytesEqual(_ index: Int, _ other: ByteStrings, _ otherIndex: Int) -> Bool {
    self[index].elementsEqual(other[otherIndex])
  }
}
