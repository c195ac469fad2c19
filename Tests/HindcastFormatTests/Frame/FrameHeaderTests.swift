import Testing

@testable import HindcastFormat

struct FrameHeaderTests {
  /// Every field another value, none zero.
  static let header = FrameHeader(
    type: .block, flags: 0x0102_0304, payloadLength: 0x0506_0708, segment: 0x1112_1314_1516_1718,
    position: 0x2122_2324_2526_2728, lastPosition: 0x3132_3334_3536_3738, durablePosition: 0x4142_4344_4546_4748,
    producer: ProducerID(low: 0x5152_5354_5556_5758, high: 0x6162_6364_6566_6768), epoch: 0x7172_7374_7576_7778,
    sequence: 0x8182_8384_8586_8788, modelReference: 0x9192_9394_9596_9798, rows: 0xA1A2_A3A4, kind: 1, environment: 2,
    minTime: -0x3132_3334_3536_3738, maxTime: 0x4142_4344_4546_4748, payloadHash: 0xB1B2_B3B4_B5B6_B7B8)

  static var bytes: [UInt8] {
    var bytes: [UInt8] = []
    header.append(to: &bytes)
    return bytes
  }

  private static func parse(_ bytes: [UInt8]) throws(FormatError) -> FrameHeader {
    let result: Result<FrameHeader, FormatError> = bytes.withUnsafeBytes { bytes in
      Result { () throws(FormatError) in try FrameHeader(parsing: bytes) }
    }
    return try result.get()
  }

  @Test("a frame header reads back as it was written")
  func roundTrip() throws {
    #expect(Self.bytes.count == FrameHeader.byteCount)
    #expect(try Self.parse(Self.bytes) == Self.header)
    #expect(try Self.parse(Self.bytes + [1, 2, 3]) == Self.header)
  }

  @Test("a frame header with any bit flipped is refused as corrupt", arguments: 0..<FrameHeader.byteCount)
  func everyByteFlipped(offset: Int) {
    for bit in 0..<8 {
      var bytes = Self.bytes
      bytes[offset] ^= 1 << UInt8(bit)
      #expect(thrown { () throws(FormatError) in _ = try Self.parse(bytes) }?.code == .corrupt)
    }
  }

  @Test("a frame header cut short anywhere is refused as truncated", arguments: 0..<FrameHeader.byteCount)
  func everyTruncation(count: Int) {
    let bytes = Array(Self.bytes.prefix(count))
    #expect(thrown { () throws(FormatError) in _ = try Self.parse(bytes) }?.code == .truncated)
  }

  @Test(
    "a frame header of another version or type with a right checksum is refused as unsupported", arguments: [4, 5, 6])
  func newerVersion(offset: Int) {
    var bytes = Array(Self.bytes.prefix(FrameHeader.Offset.checksum))
    bytes[offset] = 0x77
    bytes.appendLittleEndian(bytes.withUnsafeBytes { Checksum.crc32c($0) })
    #expect(thrown { () throws(FormatError) in _ = try Self.parse(bytes) }?.code == .unsupported)
  }

  @Test("a frame header with a right checksum whose positions no log can have is refused as corrupt")
  func impossiblePositions() {
    func code(_ change: (inout FrameHeader) -> Void) -> FormatError.Code? {
      var header = FrameHeader(
        type: .block, payloadLength: 0, segment: 1, position: 5, lastPosition: 6, durablePosition: 4, payloadHash: 0)
      change(&header)
      var bytes: [UInt8] = []
      header.append(to: &bytes)
      return thrown { () throws(FormatError) in _ = try Self.parse(bytes) }?.code
    }
    #expect(code { _ in } == nil)
    for most in [Limits.positionMax, .max] {
      let expected: FormatError.Code? = most == Limits.positionMax ? nil : .corrupt
      #expect(code { $0.segment = most } == expected)
      #expect(code { $0.lastPosition = most } == expected)
      #expect(code { ($0.position, $0.lastPosition) = (most, most) } == expected)
      #expect(code { $0.durablePosition = most } == expected)
    }
    #expect(code { $0.lastPosition = 4 } == .corrupt)
    #expect(code { ($0.position, $0.lastPosition) = (0, 0) } == .corrupt)
    #expect(code { ($0.type, $0.position, $0.lastPosition) = (.fileHeader, 0, 0) } == nil)
  }

  @Test("frames start at multiples of eight bytes")
  func alignment() {
    for (payload, expected) in [(0, 128), (1, 136), (8, 136), (9, 144)] {
      var header = Self.header
      header.payloadLength = UInt32(payload)
      #expect(header.frameByteCount == expected)
    }
  }

  @Test("a producer id is sixteen bytes in their order, and nothing else")
  func producerID() {
    let bytes = [UInt8](1...16)
    #expect(ProducerID(bytes: bytes)?.bytes == bytes)
    #expect(ProducerID(bytes: bytes.dropLast()) == nil)
    #expect(ProducerID(bytes: bytes + [0]) == nil)
  }
}
