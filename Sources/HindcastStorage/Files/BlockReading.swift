internal import HindcastFormat

/// Reading a block whose place the index knows, and holding the frame to the index.
enum BlockReading {
  enum Outcome {
    case block(StoredBlock)
    /// What is wrong, with file and offset.
    case bad(String)
  }

  static func block(_ entry: FrameEntry, of file: any DiskFile, fileID: UInt64) throws(DiskError) -> Outcome {
    func bad(_ reason: String) -> Outcome {
      .bad("\(file.path): offset \(entry.offset), position \(entry.position): \(reason)")
    }
    let headerBytes = try file.read(at: entry.offset, count: FrameHeader.byteCount)
    let header: FrameHeader
    switch FrameReading.parse(headerBytes) {
    case .success(let parsed): header = parsed
    case .failure(let error): return bad(error.message)
    }
    guard header.type == .block, header.segment == fileID, header.position == entry.position,
      header.lastPosition == entry.lastPosition, header.payloadLength == entry.payloadLength,
      header.payloadHash == entry.payloadHash
    else { return bad("the frame there is not the one that the index names") }
    guard Int(entry.payloadLength) <= Limits.blockBytesMax else { return bad("the payload is over the limit") }
    let payload: [UInt8]
    switch try FrameReading.payload(
      of: file, frameAt: entry.offset, byteCount: entry.payloadLength, hash: entry.payloadHash)
    {
    case .success(let bytes): payload = bytes
    case .failure(let error): return bad(error.message)
    }
    return .block(
      StoredBlock(
        position: entry.position, lastPosition: entry.lastPosition, bytes: payload, payloadHash: entry.payloadHash))
  }
}
