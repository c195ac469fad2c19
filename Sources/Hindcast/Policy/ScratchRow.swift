/// A row in memory of its own, made from another: with some of its fields left out or changed, or one more.
final class ScratchRow {
  private var base = UnsafeMutableRawPointer.allocate(byteCount: 4_096, alignment: RowFormat.alignment)
  private var capacity = 4_096
  private var end = 0
  private var fieldCount = 0

  deinit { base.deallocate() }

  /// Begins a row of so many fields, all of them null, with the head of `row` and, unless `withoutID`, its id.
  func begin(like row: RowReader, fieldCount: Int, withoutID: Bool = false) {
    self.fieldCount = fieldCount
    end = 0
    let fixed = RowFormat.fixedByteCount(fieldCount: fieldCount)
    reserve(fixed)
    base.copyMemory(from: row.base, byteCount: RowFormat.tagsOffset)
    (base + RowFormat.tagsOffset).initializeMemory(as: UInt8.self, repeating: 0, count: fixed - RowFormat.tagsOffset)
    end = fixed
    if row.idIsText, !withoutID { setID(row.idText) }
  }

  func setID(_ text: UnsafeRawBufferPointer) {
    base.storeBytes(of: 1, toByteOffset: RowFormat.idIsTextOffset, as: UInt8.self)
    let place = append(text)
    base.storeBytes(of: place, toByteOffset: RowFormat.idOffset, as: UInt64.self)
  }

  /// Takes over a field as it is.
  func set(_ index: Int, _ field: RowField) {
    guard field.tag != .null else { return }
    switch field.tag {
    case .string, .bytes, .vector, .strings, .doubles: set(index, field.tag, field.bytes)
    default: set(index, field.tag, bits: field.bits)
    }
  }

  func set(_ index: Int, _ tag: FieldTag, _ bytes: UnsafeRawBufferPointer) {
    let place = append(bytes)
    set(index, tag, bits: place)
  }

  func set(_ index: Int, _ tag: FieldTag, _ bytes: [UInt8]) { bytes.withUnsafeBytes { set(index, tag, $0) } }

  /// Sets a field whose value is its slot.
  func set(_ index: Int, _ tag: FieldTag, bits: UInt64) {
    base.storeBytes(of: tag.rawValue, toByteOffset: RowFormat.tagsOffset + index, as: UInt8.self)
    base.storeBytes(
      of: bits, toByteOffset: RowFormat.slotsOffset(fieldCount: fieldCount) + 8 * index, as: UInt64.self)
  }

  /// The row, which is there until the next begins.
  func finish() -> RowReader {
    base.storeBytes(
      of: UInt32(truncatingIfNeeded: RowFormat.aligned(end)), toByteOffset: RowFormat.byteCountOffset, as: UInt32.self)
    return RowReader(base: UnsafeRawPointer(base))
  }

  /// Returns what a slot says of the bytes.
  private func append(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    reserve(bytes.count)
    if let start = bytes.baseAddress { (base + end).copyMemory(from: start, byteCount: bytes.count) }
    defer { end += bytes.count }
    return UInt64(end) | UInt64(bytes.count) << 32
  }

  private func reserve(_ byteCount: Int) {
    guard end + byteCount > capacity else { return }
    let larger = max(2 * capacity, end + byteCount)
    let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: RowFormat.alignment)
    moved.copyMemory(from: base, byteCount: end)
    base.deallocate()
    base = moved
    capacity = larger
  }
}
