internal import HindcastFormat

/// Reading one frame of an open file: the header is believed after its checksum, the payload after its hash.
enum FrameReading {
  enum Outcome {
    case frame(FrameHeader, payload: [UInt8])
    /// Header good, payload not: the next frame's place is known.
    case badPayload(FrameHeader, String)
    case badHeader(String)
    case endOfFile
  }

  /// The frame at `offset` of a file of `fileByteCount` bytes, whose frames carry `fileID`.
  static func frame(
    of file: any DiskFile, at offset: UInt64, fileByteCount: UInt64, fileID: UInt64
  ) throws(DiskError) -> Outcome {
    guard offset < fileByteCount else { return .endOfFile }
    let headerBytes = try file.read(at: offset, count: FrameHeader.byteCount)
    let header: FrameHeader
    switch parse(headerBytes) {
    case .success(let parsed): header = parsed
    case .failure(let error): return .badHeader(error.message)
    }
    guard header.segment == fileID else {
      return .badHeader("the frame belongs to file \(header.segment), this is file \(fileID)")
    }
    // What is read may lie behind the frames, in a trailer.
    guard fileByteCount - offset >= UInt64(FrameHeader.byteCount) else {
      return .badHeader("the frames end within a frame header")
    }
    let room = fileByteCount - offset - UInt64(FrameHeader.byteCount)
    guard UInt64(header.payloadLength) <= room else {
      return .badPayload(header, "its payload of \(header.payloadLength) bytes runs over the end of the file")
    }
    guard Int(header.payloadLength) <= payloadBytesMax else {
      return .badPayload(header, "its payload of \(header.payloadLength) bytes is over the limit")
    }
    switch try payload(of: file, frameAt: offset, byteCount: header.payloadLength, hash: header.payloadHash) {
    case .success(let payload): return .frame(header, payload: payload)
    case .failure(let error): return .badPayload(header, error.message)
    }
  }

  /// The payload of the frame at `offset`, held to its hash. What pads it to the next frame's place must be zero, or missing
  /// where the file ends: so there is no bit of a frame whose flip is not noticed.
  static func payload(
    of file: any DiskFile, frameAt offset: UInt64, byteCount: UInt32, hash: UInt64
  ) throws(DiskError) -> Result<[UInt8], FormatError> {
    let count = Int(byteCount)
    let padded = FrameHeader.frameByteCount(payloadLength: count) - FrameHeader.byteCount
    var bytes = try file.read(at: offset + UInt64(FrameHeader.byteCount), count: padded)
    guard bytes.count >= count else { return .failure(FormatError(.corrupt, "its payload is cut short")) }
    guard bytes[count...].allSatisfy({ $0 == 0 }) else {
      return .failure(FormatError(.corrupt, "the bytes behind its payload are not zero"))
    }
    bytes.removeLast(bytes.count - count)
    guard Checksum.xxh3(bytes) == hash else { return .failure(FormatError(.corrupt, "its payload hash is wrong")) }
    return .success(bytes)
  }

  static func parse(_ bytes: [UInt8]) -> Result<FrameHeader, FormatError> {
    bytes.withUnsafeBytes { buffer in
      do throws(FormatError) { return .success(try FrameHeader(parsing: buffer)) } catch { return .failure(error) }
    }
  }

  /// Footers and manifest edits hold indexes and producers and may be larger than a block.
  static let payloadBytesMax = 1 << 30
}

/// Unpacks a message of ours from an array.
func unpacked<Message>(
  _ bytes: [UInt8], _ unpack: (UnsafeRawBufferPointer) throws(FormatError) -> Message
) throws(FormatError) -> Message {
  let result: Result<Message, FormatError> = bytes.withUnsafeBytes { buffer in
    do throws(FormatError) { return .success(try unpack(buffer)) } catch { return .failure(error) }
  }
  return try result.get()
}
