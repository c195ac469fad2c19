/// One field of many rows that lie in memory one behind the other, as a source of column values. In each row there is a
/// byte that says whether the field has a value, and 8 bytes, its slot: a number or truth value itself, or, as two UInt32,
/// where in the row its bytes begin and how many there are.
///
/// The memory is the caller's own, so nothing of it is checked.
package struct RowGather {
  let base: UnsafeRawPointer
  /// Where each row begins.
  let rows: UnsafeBufferPointer<UInt32>
  /// Where in a row its slot is.
  let slot: Int
  /// Where in a row the byte is that is 0 for a null; nil: no row has a null.
  let presence: Int?

  package init(base: UnsafeRawPointer, rows: UnsafeBufferPointer<UInt32>, slot: Int, presence: Int?) {
    self.base = base
    self.rows = rows
    self.slot = slot
    self.presence = presence
  }

  package var count: Int { rows.count }

  /// Rows with a value.
  var presentCount: Int {
    guard let presence else { return rows.count }
    var count = 0
    for row in rows where base.load(fromByteOffset: Int(row) + presence, as: UInt8.self) != 0 { count += 1 }
    return count
  }

  @inline(__always)
  func isPresent(_ row: UInt32) -> Bool {
    presence.map { base.load(fromByteOffset: Int(row) + $0, as: UInt8.self) != 0 } ?? true
  }

  /// Appends a value for each row, `zero` for those that have none.
  @inline(__always)
  func append<Element>(
    to values: inout [Element], areAllPresent: Bool, zero: Element, _ load: (UnsafeRawPointer) -> Element
  ) {
    let slots = base + slot
    let first = values.count
    values.append(contentsOf: repeatElement(zero, count: rows.count))
    values.withUnsafeMutableBufferPointer { values in
      let new = UnsafeMutableBufferPointer(rebasing: values[first...])
      for index in 0..<rows.count where areAllPresent || isPresent(rows[index]) {
        new[index] = load(slots + Int(rows[index]))
      }
    }
  }

  /// Appends a text for each row, an empty one for those that have none. Returns the sum of their lengths.
  func append(to strings: inout ByteStrings, areAllPresent: Bool) -> Int {
    var end = strings.bytes.count
    let first = end
    for row in rows {
      if areAllPresent || isPresent(row) {
        let slot = base + Int(row) + slot
        let count = slot.load(fromByteOffset: 4, as: UInt32.self)
        strings.bytes.append(
          contentsOf: UnsafeRawBufferPointer(
            start: base + Int(row) + Int(slot.load(as: UInt32.self)), count: Int(count)))
        end += Int(count)
      }
      strings.offsets.append(UInt32(end))
    }
    return end - first
  }
}
