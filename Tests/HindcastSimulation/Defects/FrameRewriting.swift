internal import HindcastFormat

/// The bytes of a file as a defect of the store would have them. Checksums and lengths stay right, so that nothing but the
/// defect is wrong.
enum FrameRewriting {
  /// Every header says that nothing was durable when it was written.
  static func withoutDurablePositions(_ bytes: [UInt8], id: UInt64) -> [UInt8] {
    var result = bytes
    var offset = 0
    while offset + FrameHeader.byteCount <= bytes.count {
      // Headers behind damage too: recovery looks for those.
      if var header = header(in: bytes, at: offset, id: id) {
        header.durablePosition = 0
        put(header, in: &result, at: offset)
      }
      offset += FrameHeader.alignment
    }
    return result
  }

  /// Headers, footers and manifest edits name no producer.
  static func withoutProducers(_ bytes: [UInt8], id: UInt64) -> [UInt8] {
    var result = bytes
    var offset = 0
    while let header = header(in: bytes, at: offset, id: id) {
      var changed = header
      changed.producer = .none
      changed.epoch = 0
      changed.sequence = 0
      let payload = offset + FrameHeader.byteCount..<offset + FrameHeader.byteCount + Int(header.payloadLength)
      guard payload.upperBound <= bytes.count else { break }
      if header.type == .footer { hideField(3, in: &result, payload) }
      if header.type == .manifestEdit { hideField(8, in: &result, payload) }
      if Checksum.xxh3(Array(bytes[payload])) == header.payloadHash {
        changed.payloadHash = Checksum.xxh3(Array(result[payload]))
      }
      put(changed, in: &result, at: offset)
      offset += header.frameByteCount
    }
    return result
  }

  /// A segment without a footer reads as if it had one: an entry for every header that follows on the one before, whether
  /// or not its payload is there.
  static func withIndex(_ bytes: [UInt8], id: UInt64) -> [UInt8] {
    var footer = FileFooter()
    var producers: [ProducerID: ProducerState] = [:]
    var offset = 0
    var end = 0
    while let header = header(in: bytes, at: offset, id: id) {
      if header.type == .footer { return bytes }
      if header.type == .block {
        footer.frames.append(
          FrameEntry(
            offset: UInt64(offset), payloadLength: header.payloadLength, stream: 0, position: header.position,
            lastPosition: header.lastPosition, rows: header.rows, minTime: header.minTime, maxTime: header.maxTime,
            payloadHash: header.payloadHash))
        if header.producer != .none {
          var state =
            producers[header.producer]
            ?? ProducerState(
              producer: header.producer, epoch: 0, sequence: 0, recentSequences: [], recentPositions: [])
          if state.epoch != header.epoch { (state.recentSequences, state.recentPositions) = ([], []) }
          state.epoch = header.epoch
          state.sequence = header.sequence
          state.recentSequences.append(header.sequence)
          state.recentPositions.append(header.position)
          producers[header.producer] = state
        }
      }
      offset += header.frameByteCount
      end = offset
    }
    guard let last = footer.frames.last else { return bytes }
    footer.streams = [StreamKey(kind: .loss, model: "index", version: "", environment: .production)]
    footer.producers = Array(producers.values)
    footer.rows = footer.frames.reduce(0) { $0 + UInt64($1.rows) }
    footer.contentHash = FileFooter.contentHash(of: footer.frames)
    let payload = footer.packed()
    var result = Array(bytes.prefix(end)) + repeatElement(0, count: max(0, end - bytes.count))
    let header = FrameHeader(
      type: .footer, payloadLength: UInt32(payload.count), segment: id, position: last.position,
      lastPosition: last.position, durablePosition: last.position, payloadHash: Checksum.xxh3(payload))
    header.append(to: &result)
    result += payload + repeatElement(0, count: header.frameByteCount - FrameHeader.byteCount - payload.count)
    FileTrailer(footerOffset: UInt64(end)).append(to: &result)
    return result
  }

  // MARK: Details

  private static func header(in bytes: [UInt8], at offset: Int, id: UInt64) -> FrameHeader? {
    guard offset + FrameHeader.byteCount <= bytes.count else { return nil }
    return bytes.withUnsafeBytes { bytes in
      let place = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + FrameHeader.byteCount])
      guard let header = try? FrameHeader(parsing: place), header.segment == id else { return nil }
      return header
    }
  }

  private static func put(_ header: FrameHeader, in bytes: inout [UInt8], at offset: Int) {
    var packed: [UInt8] = []
    header.append(to: &packed)
    bytes.replaceSubrange(offset..<offset + packed.count, with: packed)
  }

  /// Gives the message fields of this number one that no message has: readers pass them over, and no length changes.
  private static func hideField(_ number: UInt8, in bytes: inout [UInt8], _ message: Range<Int>) {
    var offset = message.lowerBound
    func varint() -> Int {
      var value = 0
      var shift = 0
      while offset < message.upperBound, shift < 63 {
        let byte = Int(bytes[offset])
        offset += 1
        value |= (byte & 0x7f) << shift
        if byte & 0x80 == 0 { break }
        shift += 7
      }
      return value
    }
    while offset < message.upperBound {
      let place = offset
      let key = varint()
      if key == Int(number) << 3 | 2 { bytes[place] = 15 << 3 | 2 }
      switch key & 7 {
      case 0: _ = varint()
      case 1: offset += 8
      case 2: offset += varint()
      default: offset += 4
      }
    }
  }
}
