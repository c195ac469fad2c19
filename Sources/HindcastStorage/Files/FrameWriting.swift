internal import HindcastFormat

/// The bytes of the frames that every file begins and ends with.
enum FrameWriting {
  static let writer = "hindcast 1"

  static func fileHeader(fileID: UInt64, logID: LogID, created: Int64, firstPosition: UInt64) -> [UInt8] {
    let payload = FileHeader(logID: logID, created: created, firstPosition: firstPosition, writer: writer).packed()
    return frame(
      .fileHeader, fileID: fileID, position: firstPosition, durablePosition: max(1, firstPosition) - 1,
      payload: payload)
  }

  /// Says that everything before `nextPosition` is durable.
  static func mark(fileID: UInt64, nextPosition: UInt64) -> [UInt8] {
    frame(.mark, fileID: fileID, position: nextPosition, durablePosition: nextPosition - 1, payload: [])
  }

  /// Footer frame and trailer, for a file whose frames end at `offset`.
  static func ending(footer: FileFooter, fileID: UInt64, offset: UInt64, durablePosition: UInt64) -> [UInt8] {
    let last = footer.frames.last?.lastPosition ?? durablePosition
    var bytes = frame(
      .footer, fileID: fileID, position: last, durablePosition: durablePosition, payload: footer.packed())
    FileTrailer(footerOffset: offset).append(to: &bytes)
    return bytes
  }

  /// A frame that holds no block, padded to the next frame's place.
  static func frame(
    _ type: FrameHeader.FrameType, fileID: UInt64, position: UInt64, durablePosition: UInt64, payload: [UInt8]
  ) -> [UInt8] {
    let header = FrameHeader(
      type: type, payloadLength: UInt32(payload.count), segment: fileID, position: position, lastPosition: position,
      durablePosition: durablePosition, payloadHash: Checksum.xxh3(payload))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(header.frameByteCount + FileTrailer.byteCount)
    header.append(to: &bytes)
    bytes.append(contentsOf: payload)
    bytes.append(contentsOf: repeatElement(0, count: header.frameByteCount - bytes.count))
    return bytes
  }
}
