internal import HindcastFormat

/// A block's frame in a spool file: the header of `proto/FORMAT.md`, whose position is the block's index.
enum SpoolFrame {
  static func append(
    _ write: SpoolWrite, _ producer: ProducerID, file: UInt32, durableIndex: UInt64, to output: inout [UInt8]
  ) {
    let block = write.held.block
    FrameHeader(
      type: .block, payloadLength: UInt32(block.bytes.count), segment: UInt64(file), position: write.index,
      lastPosition: write.index, durablePosition: durableIndex, producer: producer, epoch: write.epoch,
      sequence: write.sequence, modelReference: Checksum.xxh3(block.stream.model), rows: UInt32(block.rowCount),
      kind: block.stream.kind.rawValue, environment: block.stream.environment.rawValue, minTime: block.minTime,
      maxTime: block.maxTime, payloadHash: block.payloadHash
    ).append(to: &output)
    output += block.bytes
    let byteCount = FrameHeader.frameByteCount(payloadLength: block.bytes.count)
    output += repeatElement(0, count: byteCount - FrameHeader.byteCount - block.bytes.count)
  }

  /// The header at the start of the bytes, if this producer wrote it to this file.
  static func header(_ bytes: ArraySlice<UInt8>, _ producer: ProducerID, file: UInt32) -> FrameHeader? {
    let header: FrameHeader? = bytes.withUnsafeBytes { try? FrameHeader(parsing: $0) }
    guard let header, header.type == .block, header.producer == producer, header.segment == UInt64(file),
      header.position == header.lastPosition, header.sequence >= 1, header.sequence <= header.position,
      Int(header.payloadLength) <= Limits.blockBytesMax, header.rows >= 1, Int(header.rows) <= Limits.rowsMax
    else { return nil }
    return header
  }

  /// The block in a frame's bytes, or what is known of it.
  static func block(
    _ bytes: [UInt8], _ producer: ProducerID, file: UInt32, index: UInt64, expectedRows: Int
  ) -> Result<HeldBlock, DamagedFrame> {
    guard let header = header(bytes[...], producer, file: file), header.position == index else {
      return .failure(
        DamagedFrame(
          loss: LostRows(stream: nil, reason: .spoolDamaged, rows: expectedRows, bytes: bytes.count, times: nil)))
    }
    let end = FrameHeader.byteCount + Int(header.payloadLength)
    guard bytes.count >= end else { return .failure(DamagedFrame(loss: loss(header, stream: nil))) }
    let payload = Array(bytes[FrameHeader.byteCount..<end])
    let stream: StreamKey? = payload.withUnsafeBytes { try? BlockHead.stream(of: $0) }
    guard Checksum.xxh3(payload) == header.payloadHash, let stream else {
      return .failure(DamagedFrame(loss: loss(header, stream: stream)))
    }
    return .success(
      HeldBlock(
        EncodedBlock(
          stream: stream, rowCount: Int(header.rows), minTime: header.minTime, maxTime: header.maxTime,
          bytes: payload, payloadHash: header.payloadHash)))
  }

  /// What a header says of a block whose payload is damaged. Of the stream only what agrees with the header is believed.
  static func loss(_ header: FrameHeader, stream: StreamKey?) -> LostRows {
    let kind = EventKind(rawValue: header.kind)
    let isBelieved =
      stream.map {
        Checksum.xxh3($0.model) == header.modelReference && $0.kind == kind
          && $0.environment.rawValue == header.environment && (try? BlockValidation.check(stream: $0)) != nil
      } ?? false
    return LostRows(
      stream: isBelieved ? stream : nil, reason: .spoolDamaged, rows: kind == .loss ? 0 : Int(header.rows),
      bytes: Int(header.payloadLength), times: LostRows.times(kind, header.minTime, header.maxTime))
  }
}

/// A frame whose block is lost.
struct DamagedFrame: Error {
  var loss: LostRows
}
