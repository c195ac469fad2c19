/// How one event lies in a chunk, between the call that logs it and the thread that turns rows into columns: a row of
/// native byte order that never leaves the process.
///
/// A head, a tag for each field of the layout, a slot of 8 bytes for each field, then the bytes of texts and lists. The
/// row's length is a multiple of 8, so that every row of a chunk is aligned.
enum RowFormat {
  static let alignment = 8

  // The head.
  /// UInt32: the length of the row, head and padding included.
  static let byteCountOffset = 0
  /// UInt32: the number of the layout; see `EventLayout`.
  static let layoutOffset = 4
  /// Int64: the event's time, microseconds since 1970.
  static let timeOffset = 8
  /// The id: 16 bytes of a UUID in the order of its text, or, as two UInt32, where in the row its text begins and how
  /// many bytes it has.
  static let idOffset = 16
  /// UInt8: 1 if the id is text.
  static let idIsTextOffset = 32
  static let tagsOffset = 40

  static func slotsOffset(fieldCount: Int) -> Int { tagsOffset + aligned(fieldCount) }
  static func fixedByteCount(fieldCount: Int) -> Int { slotsOffset(fieldCount: fieldCount) + 8 * fieldCount }

  @inline(__always)
  static func aligned(_ byteCount: Int) -> Int { (byteCount + alignment - 1) & ~(alignment - 1) }
}

/// What lies in a field's slot. Raw values are stored in rows.
@usableFromInline
enum FieldTag: UInt8, Sendable {
  /// No value; the slot's bytes mean nothing.
  case null = 0
  case bool = 1
  case int64 = 2
  case float32 = 3
  case float64 = 4
  case timestamp = 5
  // In the slots of these: UInt32 from where in the row, UInt32 how many bytes.
  case string = 6
  case bytes = 7
  /// Float32 values.
  case vector = 8
  /// For each text a UInt32 with its length, then its bytes.
  case strings = 9
  /// Float64 values, not aligned.
  case doubles = 10
  /// A list of either type without elements.
  case emptyList = 11
  /// A value that no column holds.
  case unsupported = 12
  /// A text or list that is too long, of which only the length in bytes is kept, an Int64.
  case tooLong = 13
}
