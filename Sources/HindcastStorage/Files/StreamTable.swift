internal import HindcastFormat

/// Numbers streams in the order in which they first appear in a file.
struct StreamTable {
  private(set) var streams: [StreamKey] = []
  private var numbers: [StreamKey: UInt32] = [:]

  mutating func number(of stream: StreamKey) -> UInt32 {
    if let number = numbers[stream] { return number }
    let number = UInt32(streams.count)
    streams.append(stream)
    numbers[stream] = number
    return number
  }
}

extension FrameEntry {
  init(_ header: FrameHeader, offset: UInt64, stream: UInt32) {
    self.init(
      offset: offset, payloadLength: header.payloadLength, stream: stream, position: header.position,
      lastPosition: header.lastPosition, rows: header.rows, minTime: header.minTime, maxTime: header.maxTime,
      payloadHash: header.payloadHash)
  }
}
