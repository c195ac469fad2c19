/// Reads a row that `EventRow` wrote. Only ever given memory of chunks of this process, so it checks nothing.
struct RowReader {
  let base: UnsafeRawPointer

  @inline(__always)
  var byteCount: Int { Int(base.load(fromByteOffset: RowFormat.byteCountOffset, as: UInt32.self)) }
  @inline(__always)
  var layout: Int { Int(base.load(fromByteOffset: RowFormat.layoutOffset, as: UInt32.self)) }
  @inline(__always)
  var time: Int64 { base.load(fromByteOffset: RowFormat.timeOffset, as: Int64.self) }

  @inline(__always)
  var idIsText: Bool { base.load(fromByteOffset: RowFormat.idIsTextOffset, as: UInt8.self) != 0 }
  /// The UUID's 16 bytes. Only if the id is no text.
  @inline(__always)
  var uuid: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base + RowFormat.idOffset, count: 16)
  }
  @inline(__always)
  var idText: UnsafeRawBufferPointer { bytes(at: base + RowFormat.idOffset) }

  @inline(__always)
  func tag(_ index: Int) -> UInt8 {
    base.load(fromByteOffset: RowFormat.tagsOffset &+ index, as: UInt8.self)
  }

  /// A field of a row with so many.
  @inline(__always)
  func field(_ index: Int, of fieldCount: Int) -> RowField {
    RowField(
      tag: FieldTag(rawValue: tag(index)) ?? .unsupported, row: self,
      slot: base + RowFormat.slotsOffset(fieldCount: fieldCount) + 8 * index)
  }

  @inline(__always)
  fileprivate func bytes(at slot: UnsafeRawPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: base + Int(slot.load(as: UInt32.self)), count: Int(slot.load(fromByteOffset: 4, as: UInt32.self)))
  }
}

/// The value of one field of a row.
struct RowField {
  let tag: FieldTag
  fileprivate let row: RowReader
  fileprivate let slot: UnsafeRawPointer

  fileprivate init(tag: FieldTag, row: RowReader, slot: UnsafeRawPointer) {
    self.tag = tag
    self.row = row
    self.slot = slot
  }

  // Each only for fields with a tag that says so.
  @inline(__always)
  var bool: Bool { slot.load(as: UInt64.self) != 0 }
  /// All 8 bytes of the slot.
  @inline(__always)
  var bits: UInt64 { slot.load(as: UInt64.self) }
  @inline(__always)
  var int64: Int64 { slot.load(as: Int64.self) }
  @inline(__always)
  var float32: Float { slot.load(as: Float.self) }
  @inline(__always)
  var float64: Double { slot.load(as: Double.self) }
  /// Of string, bytes, vector, strings, doubles.
  @inline(__always)
  var bytes: UnsafeRawBufferPointer { row.bytes(at: slot) }

  /// Calls `body` with each text of a list of texts.
  func forEachString(_ body: (UnsafeRawBufferPointer) -> Void) {
    let bytes = bytes
    var offset = 0
    while offset < bytes.count {
      let count = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      offset += 4
      body(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
      offset += count
    }
  }
}
