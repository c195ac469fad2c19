internal import HindcastFormat

/// What a segment's frames themselves say, found by reading all of it. Needs no footer and survives damage anywhere: behind
/// bad bytes it looks for the next frame whose checksums, file id and position are right.
struct SegmentScan {
  struct Frame {
    var header: FrameHeader
    var stream: StreamKey
    var offset: UInt64
  }

  struct Damage: Equatable {
    /// nil: bytes were damaged that held no block.
    var positions: ClosedRange<UInt64>?
    var offset: UInt64
    var reason: String
  }

  enum Tail: Equatable {
    /// Nothing, or zeros, behind the last frame.
    case clean
    /// A whole footer frame stands there, though no trailer leads to it.
    case footer
    /// Bytes that are no frame, up to `end` (behind the last byte that is not zero).
    case torn(end: UInt64, reason: String)
  }

  /// nil: the header frame is damaged or missing.
  var fileHeader: FileHeader?
  var frames: [Frame] = []
  /// Between good frames only; what is behind the last one is the tail.
  var damages: [Damage] = []
  var tail = Tail.clean
  /// Behind the last good frame.
  var validEnd: UInt64 = 0
  /// The highest durable position that any good header carries.
  var highestDurablePosition: UInt64 = 0
  /// Behind the last good frame's position, or the first position if there is none.
  var nextPosition: UInt64

  /// `firstPosition` is what is expected if the file's own header is damaged. In a segment positions ascend and none is
  /// missing; in an archive file (`ascending` false) they say nothing of the order of the frames.
  init(
    of file: any DiskFile, fileID: UInt64, firstPosition: UInt64, ascending: Bool = true
  ) throws(DiskError) {
    nextPosition = firstPosition
    let byteCount = try file.byteCount()
    var offset: UInt64 = 0
    var bad: (offset: UInt64, reason: String)?

    if case .frame(let header, let payload) =
      try FrameReading.frame(of: file, at: 0, fileByteCount: byteCount, fileID: fileID), header.type == .fileHeader,
      let read = try? unpacked(payload, { bytes throws(FormatError) in try FileHeader(unpacking: bytes) })
    {
      fileHeader = read
      nextPosition = max(firstPosition, read.firstPosition)
      offset = UInt64(header.frameByteCount)
      validEnd = offset
    }

    scan: while true {
      switch try FrameReading.frame(of: file, at: offset, fileByteCount: byteCount, fileID: fileID) {
      case .endOfFile:
        break scan
      case .frame(let header, _) where header.type == .footer:
        // A footer carries no new positions, so a bad stretch before it stays a matter of the tail.
        highestDurablePosition = max(highestDurablePosition, header.durablePosition)
        if bad == nil { tail = .footer }
        break scan
      case .frame(let header, let payload)
      where header.type == .block && (!ascending || header.position >= nextPosition):
        highestDurablePosition = max(highestDurablePosition, header.durablePosition)
        guard let stream = Self.stream(of: payload) else {
          bad = bad ?? (offset, "the payload at offset \(offset) is not a block")
          offset += UInt64(header.frameByteCount)
          continue
        }
        if bad != nil || (ascending && header.position > nextPosition) {
          damages.append(
            Damage(
              positions: ascending && header.position > nextPosition ? nextPosition...(header.position - 1) : nil,
              offset: bad?.offset ?? validEnd, reason: bad?.reason ?? "frames are missing at offset \(validEnd)"))
          bad = nil
        }
        frames.append(Frame(header: header, stream: stream, offset: offset))
        nextPosition = header.position &+ 1
        offset += UInt64(header.frameByteCount)
        validEnd = offset
      case .badPayload(let header, let reason)
      where header.type == .block && (!ascending || header.position >= nextPosition):
        highestDurablePosition = max(highestDurablePosition, header.durablePosition)
        bad = bad ?? (offset, "position \(header.position) at offset \(offset): \(reason)")
        let next = offset + UInt64(header.frameByteCount)
        if next > byteCount { break scan }
        offset = next
      case .frame(let header, _), .badPayload(let header, _):
        bad = bad ?? (offset, "a frame of position \(header.position) stands at offset \(offset), out of order")
        guard let next = try Self.nextFrame(of: file, from: offset + 8, byteCount: byteCount, fileID: fileID) else {
          break scan
        }
        offset = next
      case .badHeader(let reason):
        if try Self.endOfContent(of: file, from: offset, byteCount: byteCount) == offset { break scan }
        bad = bad ?? (offset, "offset \(offset): \(reason)")
        guard let next = try Self.nextFrame(of: file, from: offset + 8, byteCount: byteCount, fileID: fileID) else {
          break scan
        }
        offset = next
      }
    }
    if tail == .clean {
      let end = try Self.endOfContent(of: file, from: validEnd, byteCount: byteCount)
      if end > validEnd { tail = .torn(end: end, reason: bad?.reason ?? "bytes behind the last frame") }
    }
  }

  /// Entries and stream table of the good frames, as a footer holds them.
  var index: (streams: [StreamKey], entries: [FrameEntry]) {
    var streams = StreamTable()
    let entries = frames.map { frame in
      FrameEntry(frame.header, offset: frame.offset, stream: streams.number(of: frame.stream))
    }
    return (streams.streams, entries)
  }

  private static func stream(of payload: [UInt8]) -> StreamKey? {
    try? unpacked(payload) { bytes throws(FormatError) in try BlockHead.stream(of: bytes) }
  }

  /// The next offset at which a header with a good checksum and the file's id stands.
  static func nextFrame(
    of file: any DiskFile, from start: UInt64, byteCount: UInt64, fileID: UInt64
  ) throws(DiskError) -> UInt64? {
    var offset = start
    let step = FrameHeader.byteCount
    while offset < byteCount, byteCount - offset >= UInt64(step) {
      let bytes = try file.read(at: offset, count: chunkByteCount)
      guard bytes.count >= step else { return nil }
      let found: Int? = bytes.withUnsafeBytes { buffer in
        var place = 0
        while place + step <= buffer.count {
          if UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: place, as: UInt32.self)) == FrameHeader.magic,
            let header = try? FrameHeader(parsing: UnsafeRawBufferPointer(rebasing: buffer[place..<place + step])),
            header.segment == fileID
          {
            return place
          }
          place += FrameHeader.alignment
        }
        return nil
      }
      if let found { return offset + UInt64(found) }
      // The last header's worth of bytes is looked at again: a header may straddle two chunks.
      offset += UInt64((bytes.count - step) / FrameHeader.alignment * FrameHeader.alignment + FrameHeader.alignment)
    }
    return nil
  }

  /// Behind the last byte from `start` on that is not zero; `start` if all are.
  static func endOfContent(
    of file: any DiskFile, from start: UInt64, byteCount: UInt64
  ) throws(DiskError) -> UInt64 {
    var offset = start
    var end = start
    while offset < byteCount {
      let bytes = try file.read(at: offset, count: chunkByteCount)
      if bytes.isEmpty { break }
      if let last = bytes.lastIndex(where: { $0 != 0 }) { end = offset + UInt64(last) + 1 }
      offset += UInt64(bytes.count)
    }
    return end
  }

  private static let chunkByteCount = 1 << 20
}
