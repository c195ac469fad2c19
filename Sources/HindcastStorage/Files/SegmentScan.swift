internal import HindcastFormat

/// What a segment's frames themselves say, found by reading all of it. Needs no footer and survives damage anywhere: behind
/// bad bytes it looks for the next frame whose checksums and file id are right. Finds and does not judge: what damage
/// means is `SegmentVerdict`'s to say.
struct SegmentScan {
  struct Frame {
    var header: FrameHeader
    var stream: StreamKey
    var offset: UInt64
    /// What stands between the frame before and this one that is no frame; nil: nothing.
    var damageBefore: Damage?
  }

  struct Damage: Equatable {
    var offset: UInt64
    var reason: String
  }

  /// nil: the header frame is damaged or missing.
  var fileHeader: FileHeader?
  /// Good ones, with ascending positions.
  var frames: [Frame] = []
  /// The first bad bytes behind the last good frame; nil: nothing or zeros stand there, but for a footer or a mark.
  var damageBehind: Damage?
  /// Good headers of blocks whose payload is bad.
  var headersWithoutPayload: [(position: UInt64, offset: UInt64)] = []
  /// A whole footer frame stands behind the frames, though no trailer leads to it.
  var hasFooter = false
  /// Behind the file header; 0 if it is damaged.
  var headerEnd: UInt64 = 0
  /// Behind the file header and the last good frame.
  var validEnd: UInt64 = 0
  /// Behind the last byte that is not zero.
  var contentEnd: UInt64 = 0
  /// The highest durable position that any good header carries.
  var highestDurablePosition: UInt64 = 0

  /// Of a segment, as its header says; nil: that is damaged, or says nothing.
  var firstPosition: UInt64? { fileHeader.flatMap { $0.firstPosition > 0 ? $0.firstPosition : nil } }

  /// Neither a block nor what may have been one.
  var isEmpty: Bool { frames.isEmpty && headersWithoutPayload.isEmpty && damageBehind == nil }

  init() {}

  /// In a segment positions ascend; in an archive file (`ascending` false) they say nothing of the order of the frames.
  init(of file: any DiskFile, fileID: UInt64, ascending: Bool = true) throws(DiskError) {
    let byteCount = try file.byteCount()
    var offset: UInt64 = 0
    var nextPosition: UInt64 = 0
    var bad: Damage?

    if case .frame(let header, let payload) =
      try FrameReading.frame(of: file, at: 0, fileByteCount: byteCount, fileID: fileID), header.type == .fileHeader,
      let read = try? unpacked(payload, { bytes throws(FormatError) in try FileHeader(unpacking: bytes) })
    {
      fileHeader = read
      nextPosition = read.firstPosition
      highestDurablePosition = header.durablePosition
      offset = UInt64(header.frameByteCount)
      headerEnd = offset
      validEnd = offset
    }

    scan: while true {
      let outcome = try FrameReading.frame(of: file, at: offset, fileByteCount: byteCount, fileID: fileID)
      switch outcome {
      case .endOfFile:
        break scan
      case .frame(let header, _), .badPayload(let header, _):
        highestDurablePosition = max(highestDurablePosition, header.durablePosition)
      case .badHeader: break
      }
      switch outcome {
      case .endOfFile:
        break scan
      case .frame(let header, _) where header.type == .footer:
        hasFooter = true
        break scan
      case .frame(let header, _) where header.type == .mark:
        // The next group is written over it: what stands behind it can only be such a group, without its beginning.
        offset += UInt64(header.frameByteCount)
      case .frame(let header, let payload)
      where header.type == .block && (!ascending || header.position >= nextPosition):
        guard let stream = Self.stream(of: payload) else {
          bad = bad ?? Damage(offset: offset, reason: "the payload at offset \(offset) is not a block")
          headersWithoutPayload.append((header.position, offset))
          offset += UInt64(header.frameByteCount)
          continue
        }
        frames.append(Frame(header: header, stream: stream, offset: offset, damageBefore: bad))
        bad = nil
        nextPosition = header.position &+ 1
        offset += UInt64(header.frameByteCount)
        validEnd = offset
      case .badPayload(let header, let reason)
      where header.type == .block && (!ascending || header.position >= nextPosition):
        bad = bad ?? Damage(offset: offset, reason: "position \(header.position) at offset \(offset): \(reason)")
        headersWithoutPayload.append((header.position, offset))
        // The header is good, so its length is: what looks like a frame within a payload is the client's bytes.
        let next = offset + UInt64(header.frameByteCount)
        if next > byteCount { break scan }
        offset = next
      case .frame(let header, _), .badPayload(let header, _):
        bad =
          bad
          ?? Damage(
            offset: offset, reason: "a frame of position \(header.position) stands at offset \(offset), out of order")
        guard let next = try Self.nextFrame(of: file, from: offset + 8, byteCount: byteCount, fileID: fileID) else {
          break scan
        }
        offset = next
      case .badHeader(let reason):
        if try Self.endOfContent(of: file, from: offset, byteCount: byteCount) == offset { break scan }
        bad = bad ?? Damage(offset: offset, reason: "offset \(offset): \(reason)")
        guard let next = try Self.nextFrame(of: file, from: offset + 8, byteCount: byteCount, fileID: fileID) else {
          break scan
        }
        offset = next
      }
    }
    contentEnd = try Self.endOfContent(of: file, from: validEnd, byteCount: byteCount)
    damageBehind = bad
  }

  /// Entries and stream table of the first `count` good frames, as a footer holds them.
  func index(ofFirst count: Int) -> (streams: [StreamKey], entries: [FrameEntry]) {
    var streams = StreamTable()
    let entries = frames.prefix(count).map { frame in
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
    // From the end: a segment that was prepared ahead has far more zeros than content.
    var end = byteCount
    while end > start {
      let count = min(end - start, UInt64(chunkByteCount))
      let bytes = try file.read(at: end - count, count: Int(count))
      if let last = bytes.withUnsafeBytes({ lastByteThatIsNotZero($0) }) { return end - count + UInt64(last) + 1 }
      end -= count
    }
    return start
  }

  private static func lastByteThatIsNotZero(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var end = bytes.count
    while end >= 8, bytes.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self) == 0 { end -= 8 }
    while end > 0 {
      if bytes[end - 1] != 0 { return end - 1 }
      end -= 1
    }
    return nil
  }

  private static let chunkByteCount = 1 << 20
}
