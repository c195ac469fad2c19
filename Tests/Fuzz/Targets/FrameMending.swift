internal import HindcastFormat

/// Puts checksums right in bytes that a fuzzer has changed, so that what lies behind a checksum is tried too: a fuzzer
/// guesses no CRC.
enum FrameMending {
  struct Parts: OptionSet {
    let rawValue: UInt8
    /// The headers' own checksums.
    static let headers = Parts(rawValue: 1)
    /// The payload hashes in the headers.
    static let payloads = Parts(rawValue: 2)
    /// The trailer's checksum.
    static let trailer = Parts(rawValue: 4)
    /// The payload hashes that a footer repeats, and its content hash.
    static let footers = Parts(rawValue: 8)
  }

  static func mend(_ bytes: inout [UInt8], _ parts: Parts) {
    if parts.contains(.payloads) { forEachHeader(bytes.count) { mendPayloadHash(&bytes, at: $0) } }
    if parts.contains(.footers) { forEachHeader(bytes.count) { mendFooter(&bytes, at: $0) } }
    if parts.contains(.headers) { forEachHeader(bytes.count) { mendHeader(&bytes, at: $0) } }
    if parts.contains(.trailer) { mendTrailer(&bytes) }

    func forEachHeader(_ byteCount: Int, _ body: (Int) -> Void) {
      for place in stride(from: 0, through: byteCount - FrameHeader.byteCount, by: FrameHeader.alignment)
      where isMagic(bytes, at: place) {
        body(place)
      }
    }
  }

  static func isMagic(_ bytes: [UInt8], at place: Int) -> Bool {
    number(bytes, at: place + FrameHeader.Offset.magic, count: 4) == UInt64(FrameHeader.magic)
  }

  static func payloadLength(_ bytes: [UInt8], at place: Int) -> Int {
    Int(number(bytes, at: place + FrameHeader.Offset.payloadLength, count: 4))
  }

  /// The bytes of the header at `place` are there.
  static func mendHeader(_ bytes: inout [UInt8], at place: Int) {
    let checksum = bytes.withUnsafeBytes {
      Checksum.crc32c(UnsafeRawBufferPointer(rebasing: $0[place..<place + FrameHeader.Offset.checksum]))
    }
    set(&bytes, at: place + FrameHeader.Offset.checksum, UInt64(checksum), count: 4)
  }

  private static func payload(_ bytes: [UInt8], at place: Int) -> Range<Int>? {
    let start = place + FrameHeader.byteCount
    let length = payloadLength(bytes, at: place)
    return length <= bytes.count - start ? start..<start + length : nil
  }

  private static func mendPayloadHash(_ bytes: inout [UInt8], at place: Int) {
    guard let range = payload(bytes, at: place) else { return }
    let hash = bytes.withUnsafeBytes { Checksum.xxh3(UnsafeRawBufferPointer(rebasing: $0[range])) }
    set(&bytes, at: place + FrameHeader.Offset.payloadHash, hash, count: 8)
  }

  /// Only where it keeps its length, which it does unless the message is one no writer makes.
  private static func mendFooter(_ bytes: inout [UInt8], at place: Int) {
    guard bytes[place + FrameHeader.Offset.type] == FrameHeader.FrameType.footer.rawValue,
      let range = payload(bytes, at: place),
      var footer = bytes.withUnsafeBytes({ buffer in
        accepted { () throws(FormatError) in
          try FileFooter(unpacking: UnsafeRawBufferPointer(rebasing: buffer[range]))
        }
      })
    else { return }
    for index in footer.frames.indices {
      guard let offset = Int(exactly: footer.frames[index].offset), offset >= 0, offset % FrameHeader.alignment == 0,
        offset <= bytes.count - FrameHeader.byteCount, isMagic(bytes, at: offset)
      else { continue }
      footer.frames[index].payloadHash = number(bytes, at: offset + FrameHeader.Offset.payloadHash, count: 8)
    }
    footer.contentHash = FileFooter.contentHash(of: footer.frames)
    let packed = footer.packed()
    guard packed.count == range.count else { return }
    bytes.replaceSubrange(range, with: packed)
    mendPayloadHash(&bytes, at: place)
  }

  private static func mendTrailer(_ bytes: inout [UInt8]) {
    let place = bytes.count - FileTrailer.byteCount
    guard place >= 0,
      number(bytes, at: place + FileTrailer.Offset.magic, count: 4) == UInt64(FileTrailer.magic)
    else { return }
    let checksum = bytes.withUnsafeBytes {
      Checksum.crc32c(UnsafeRawBufferPointer(rebasing: $0[place..<place + FileTrailer.Offset.checksum]))
    }
    set(&bytes, at: place + FileTrailer.Offset.checksum, UInt64(checksum), count: 4)
  }

  static func number(_ bytes: [UInt8], at place: Int, count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
  }

  static func set(_ bytes: inout [UInt8], at place: Int, _ value: UInt64, count: Int) {
    for index in 0..<count { bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
  }
}
