internal import HindcastFormat

/// One event being written, field by field. Fields that are not set are null; a field set twice has its last value.
///
/// It writes straight to the memory from which events are sent, so a value costs a few instructions, whatever its type;
/// texts, vectors and lists are copied.
public struct EventRow: ~Copyable {
  /// Where the row begins. The tags, the slots and what they point to lie behind; see `RowFormat`.
  @usableFromInline var base: UnsafeMutableRawPointer
  @usableFromInline let slotsOffset: Int
  /// The schema that the row's fields are of; 0: of none.
  @usableFromInline let schema: UInt32
  unowned(unsafe) let layout: EventLayout
  /// Bytes of the row so far.
  var end: Int
  /// Bytes that may be written from `base` on.
  var capacity: Int
  /// There was no room for all of it: what is still set goes nowhere.
  var isLost = false
  let lane: UnsafeMutablePointer<Lane>
  /// Not retained: the recorder makes the row and outlives it.
  private let recorder: Unmanaged<Recorder>

  /// The longest row. A text, vector or list that would make it longer is kept only as its length, and the event is
  /// rejected.
  ///
  /// Half of `Limits.blockBytesMax`, and below `Limits.valueBytesMax`, as numbers that the compiler sees.
  static var byteCountMax: Int { 32 << 20 }
  static var valueBytesMax: Int { 16 << 20 }

  /// A row at the end of the lane's chunk, which has room for its fixed part.
  @inline(__always)
  init(
    _ lane: UnsafeMutablePointer<Lane>, _ layout: EventLayout, schema: UInt32, recorder: Recorder, time: Int64
  ) {
    self.recorder = Unmanaged.passUnretained(recorder)
    let base = lane.pointee.base + lane.pointee.used
    self.base = base
    self.lane = lane
    self.layout = layout
    self.schema = schema
    let fieldCount = layout.fields.count
    slotsOffset = RowFormat.slotsOffset(fieldCount: fieldCount)
    end = layout.fixedByteCount
    capacity = lane.pointee.capacity - lane.pointee.used
    base.storeBytes(of: time, toByteOffset: RowFormat.timeOffset, as: Int64.self)
    base.storeBytes(of: 0, toByteOffset: RowFormat.idIsTextOffset, as: UInt64.self)
    var offset = RowFormat.tagsOffset
    while offset < slotsOffset {
      base.storeBytes(of: 0, toByteOffset: offset, as: UInt64.self)
      offset &+= 8
    }
  }

  /// Closes the row and returns its length.
  @inline(__always)
  mutating func finish() -> Int {
    let byteCount = RowFormat.aligned(end)
    let number = layout.number ?? numberInChunk()
    base.storeBytes(of: UInt32(truncatingIfNeeded: byteCount), toByteOffset: RowFormat.byteCountOffset, as: UInt32.self)
    base.storeBytes(of: UInt32(truncatingIfNeeded: number), toByteOffset: RowFormat.layoutOffset, as: UInt32.self)
    return byteCount
  }

  /// A layout without a number of its own gets one that only the chunk knows.
  @inline(never)
  private func numberInChunk() -> Int { lane.pointee.chunk?.add(layout) ?? 0 }

  /// The row was copied to the beginning of a chunk.
  mutating func moved(to chunk: Chunk) {
    base = chunk.base
    capacity = chunk.capacity
  }

  /// Sets a field of a number, or of a truth value.
  @inlinable @inline(__always)
  mutating func store<Bits>(_ bits: Bits, _ tag: FieldTag, at index: Int) {
    base.storeBytes(of: bits, toByteOffset: slotsOffset &+ index &* 8, as: Bits.self)
    base.storeBytes(of: tag.rawValue, toByteOffset: tagsOffset &+ index, as: UInt8.self)
  }

  @usableFromInline var tagsOffset: Int { @inline(__always) get { RowFormat.tagsOffset } }

  mutating func setID(_ id: UUIDBits) {
    id.withBytes { (base + RowFormat.idOffset).copyMemory(from: $0.baseAddress!, byteCount: 16) }
  }

  mutating func setID(_ text: String) {
    base.storeBytes(of: 1, toByteOffset: RowFormat.idIsTextOffset, as: UInt8.self)
    text.withUTF8Bytes { bytes in
      // One that is too long is told by its length alone.
      let kept = bytes.count <= Self.valueBytesMax ? bytes.count : 0
      let place = room(kept)
      base.storeBytes(of: UInt32(clamping: bytes.count), toByteOffset: RowFormat.idOffset + 4, as: UInt32.self)
      guard let place else { return }
      base.storeBytes(of: UInt32(place), toByteOffset: RowFormat.idOffset, as: UInt32.self)
      if kept > 0 { (base + place).copyMemory(from: bytes.baseAddress!, byteCount: kept) }
    }
  }

  /// Makes room for so many bytes at the row's end, and returns where in the row they begin; nil: there is none.
  @inline(__always)
  private mutating func room(_ byteCount: Int) -> Int? {
    if byteCount > capacity - end, !move(room: byteCount) { return nil }
    let place = end
    end += byteCount
    return place
  }

  private mutating func move(room byteCount: Int) -> Bool {
    let recorder = recorder
    return recorder._withUnsafeGuaranteedRef { $0.move(&self, room: byteCount) }
  }

  /// Sets a field of a text or list, whose bytes `fill` writes.
  @inline(__always)
  private mutating func store(
    byteCount: Int, _ tag: FieldTag, at index: Int, _ fill: (UnsafeMutableRawPointer) -> Void
  ) {
    guard byteCount <= Self.valueBytesMax, byteCount <= Self.byteCountMax - end else {
      return store(Int64(byteCount), .tooLong, at: index)
    }
    guard let place = room(byteCount) else { return }
    fill(base + place)
    store(UInt64(place) | UInt64(byteCount) << 32, tag, at: index)
  }

  @inline(__always)
  mutating func store(bytes: UnsafeRawBufferPointer, _ tag: FieldTag, at index: Int) {
    store(byteCount: bytes.count, tag, at: index) { place in
      if let start = bytes.baseAddress { place.copyFew(from: start, byteCount: bytes.count) }
    }
  }

  @inline(__always)
  mutating func store(text: String, at index: Int) {
    text.withUTF8Bytes { store(bytes: $0, .string, at: index) }
  }

  mutating func store(texts: [String], at index: Int) {
    let byteCount = texts.reduce(0) { $0 + $1.utf8.count + 4 }
    store(byteCount: byteCount, .strings, at: index) { place in
      var place = place
      for text in texts {
        text.withUTF8Bytes { bytes in
          place.storeBytes(of: UInt32(bytes.count), as: UInt32.self)
          if let start = bytes.baseAddress { (place + 4).copyMemory(from: start, byteCount: bytes.count) }
          place += 4 + bytes.count
        }
      }
    }
  }

  /// Sets a field to a value of any type.
  @inline(__always)
  mutating func store(_ value: Value, at index: Int) {
    switch value.storage {
    case .float64(let value): store(value, .float64, at: index)
    case .int64(let value): store(value, .int64, at: index)
    case .string(let value): store(text: value, at: index)
    case .bool(let value): store(UInt64(value ? 1 : 0), .bool, at: index)
    case .null: break
    default: storeRare(value, at: index)
    }
  }

  @inline(never)
  private mutating func storeRare(_ value: Value, at index: Int) {
    switch value.storage {
    case .float32(let value): store(value, .float32, at: index)
    case .timestamp(let value): store(value, .timestamp, at: index)
    case .bytes(let value): value.withUnsafeBytes { store(bytes: $0, .bytes, at: index) }
    case .vector(let value): value.withUnsafeBytes { store(bytes: $0, .vector, at: index) }
    case .doubles(let value): value.withUnsafeBytes { store(bytes: $0, .doubles, at: index) }
    case .strings(let value): store(texts: value, at: index)
    case .emptyList: store(UInt64(0), .emptyList, at: index)
    case .unsupported: store(UInt64(0), .unsupported, at: index)
    case .null, .bool, .int64, .float64, .string: break
    }
  }
}

extension String {
  /// Hands over the UTF-8 bytes without changing or copying the text, where it is stored so; it nearly always is.
  @inline(__always)
  func withUTF8Bytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    let isDone: Void? = utf8.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
    if isDone == nil {
      var native = self
      native.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
  }
}

extension UnsafeMutableRawPointer {
  /// Copies bytes, few of them without a call: most texts of events are short.
  @inline(__always)
  func copyFew(from source: UnsafeRawPointer, byteCount: Int) {
    // Two words that may overlap cover every length from one word to two.
    if byteCount > 16 {
      copyMemory(from: source, byteCount: byteCount)
    } else if byteCount >= 8 {
      copyBoth(UInt64.self, from: source, byteCount)
    } else if byteCount >= 4 {
      copyBoth(UInt32.self, from: source, byteCount)
    } else if byteCount >= 2 {
      copyBoth(UInt16.self, from: source, byteCount)
    } else if byteCount == 1 {
      storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
    }
  }

  @inline(__always)
  private func copyBoth<Word: BitwiseCopyable>(_: Word.Type, from source: UnsafeRawPointer, _ byteCount: Int) {
    let last = byteCount - MemoryLayout<Word>.size
    let head = source.loadUnaligned(as: Word.self)
    let tail = source.loadUnaligned(fromByteOffset: last, as: Word.self)
    storeBytes(of: head, as: Word.self)
    storeBytes(of: tail, toByteOffset: last, as: Word.self)
  }
}
