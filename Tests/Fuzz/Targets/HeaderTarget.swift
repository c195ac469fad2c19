internal import HindcastFormat

/// A frame header as it is read from a disk: the bytes as they are, then with the right checksum, which the first byte of
/// the input asks for.
struct HeaderTarget: FuzzTarget {
  let name = "header"
  let inputBytesMax = 200

  func run(_ input: [UInt8]) throws(Violation) {
    var input = FuzzInput(input)
    let mends = input.byte() & 1 != 0
    var bytes = input.rest()
    if mends, bytes.count >= FrameHeader.byteCount { FrameMending.mendHeader(&bytes, at: 0) }
    guard let header = parse(bytes) else { return }
    try require(bytes.count >= FrameHeader.byteCount, "a header was read from \(bytes.count) bytes")
    var written: [UInt8] = []
    header.append(to: &written)
    try require(written.count == FrameHeader.byteCount, "a header was written as \(written.count) bytes")
    try require(parse(written) == header, "a header that was read does not come back")
    try require(
      header.frameByteCount % FrameHeader.alignment == 0
        && header.frameByteCount >= FrameHeader.byteCount + Int(header.payloadLength),
      "a frame of \(header.payloadLength) bytes takes \(header.frameByteCount)")
  }

  private func parse(_ bytes: [UInt8]) -> FrameHeader? {
    bytes.withUnsafeBytes { buffer in accepted { () throws(FormatError) in try FrameHeader(parsing: buffer) } }
  }

  func seeds() -> [FuzzSeed] {
    var seeds: [FuzzSeed] = []
    for (number, type) in SampleFrames.types.enumerated() {
      var header = FrameHeader(
        type: type, flags: 1, payloadLength: 300, segment: 7, position: 42, lastPosition: 43, durablePosition: 41,
        producer: ProducerID(low: 1, high: 2), epoch: 3, sequence: 4, modelReference: Checksum.xxh3("fraud"), rows: 5,
        kind: 1, environment: 2, minTime: -6, maxTime: 7, payloadHash: 8)
      if number == 0 {
        header = FrameHeader(
          type: type, payloadLength: 0, segment: 0, position: 0, lastPosition: 0, durablePosition: 0, payloadHash: 0)
      }
      var bytes: [UInt8] = [UInt8(number & 1)]
      header.append(to: &bytes)
      seeds.append(FuzzSeed("type-\(type.rawValue)", bytes))
    }
    return seeds
  }
}
