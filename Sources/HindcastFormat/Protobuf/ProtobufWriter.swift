/// The few protobuf fields that are written by hand, straight into the growing block: proto3, so zero is left out.
extension [UInt8] {
  mutating func appendField(_ number: Int, varint value: UInt64) {
    guard value != 0 else { return }
    appendVarint(number << 3)
    appendVarint(value)
  }

  mutating func appendField(_ number: Int, bytes: some Collection<UInt8>) {
    guard !bytes.isEmpty else { return }
    appendLength(number, bytes.count)
    append(contentsOf: bytes)
  }

  /// What stands before so many bytes of a field, which are to be appended.
  mutating func appendLength(_ number: Int, _ byteCount: Int) {
    appendVarint(number << 3 | 2)
    appendVarint(byteCount)
  }
}
