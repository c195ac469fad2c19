/// A frame header to and from its 128 bytes, little-endian. The offsets are those of `proto/FORMAT.md`.
extension FrameHeader {
  package enum Offset {
    package static let magic = 0  // u32
    package static let version = 4  // u8
    package static let type = 5  // u8
    package static let headerLength = 6  // u16
    package static let flags = 8  // u32
    package static let payloadLength = 12  // u32
    package static let segment = 16  // u64
    package static let position = 24  // u64
    package static let durablePosition = 32  // u64
    package static let producer = 40  // 16 bytes
    package static let epoch = 56  // u64
    package static let sequence = 64  // u64
    package static let modelReference = 72  // u64
    package static let rows = 80  // u32
    package static let kind = 84  // u8
    package static let environment = 85  // u8
    package static let reserved = 86  // 2 bytes, zero
    package static let minTime = 88  // i64
    package static let maxTime = 96  // i64
    package static let payloadHash = 104  // u64
    package static let lastPosition = 112  // u64
    package static let reservedTail = 120  // 4 bytes, zero
    package static let checksum = 124  // u32, CRC-32C of bytes 0..<124
  }

  package func append(to output: inout [UInt8]) {
    let start = output.count
    output.appendLittleEndian(Self.magic)
    output.append(Self.currentVersion)
    output.append(type.rawValue)
    output.appendLittleEndian(UInt16(Self.byteCount))
    output.appendLittleEndian(flags)
    output.appendLittleEndian(payloadLength)
    output.appendLittleEndian(segment)
    output.appendLittleEndian(position)
    output.appendLittleEndian(durablePosition)
    output.appendLittleEndian(producer.low)
    output.appendLittleEndian(producer.high)
    output.appendLittleEndian(epoch)
    output.appendLittleEndian(sequence)
    output.appendLittleEndian(modelReference)
    output.appendLittleEndian(rows)
    output.append(kind)
    output.append(environment)
    output.appendLittleEndian(UInt16(0))
    output.appendLittleEndian(minTime)
    output.appendLittleEndian(maxTime)
    output.appendLittleEndian(payloadHash)
    output.appendLittleEndian(lastPosition)
    output.appendLittleEndian(UInt32(0))
    let checksum = output.withUnsafeBytes { Checksum.crc32c(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    output.appendLittleEndian(checksum)
    assert(output.count - start == Self.byteCount)
  }

  /// The header that stands at the start of `bytes`. Throws `truncated`, `corrupt` (magic, checksum, or
  /// positions that cannot be) or `unsupported`.
  package init(parsing bytes: UnsafeRawBufferPointer) throws(FormatError) {
    guard bytes.count >= Self.byteCount else {
      throw FormatError(.truncated, "frame header needs \(Self.byteCount) bytes, \(bytes.count) are there")
    }
    func load<T: FixedWidthInteger>(_ offset: Int, as type: T.Type) -> T {
      T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
    guard load(Offset.magic, as: UInt32.self) == Self.magic else {
      throw FormatError(.corrupt, "no frame header here: the magic number is wrong")
    }
    let checksum = Checksum.crc32c(UnsafeRawBufferPointer(rebasing: bytes[0..<Offset.checksum]))
    guard load(Offset.checksum, as: UInt32.self) == checksum else {
      throw FormatError(.corrupt, "frame header is damaged: its checksum is wrong")
    }
    // From here on the bytes are what a writer meant.
    let version = load(Offset.version, as: UInt8.self)
    guard version == Self.currentVersion, load(Offset.headerLength, as: UInt16.self) == UInt16(Self.byteCount) else {
      throw FormatError(.unsupported, "frame version \(version) is newer than this reader; update hindcast")
    }
    guard let type = FrameType(rawValue: load(Offset.type, as: UInt8.self)) else {
      throw FormatError(.unsupported, "frame type \(bytes[Offset.type]) is not known to this reader; update hindcast")
    }
    self.init(
      type: type,
      flags: load(Offset.flags, as: UInt32.self),
      payloadLength: load(Offset.payloadLength, as: UInt32.self),
      segment: load(Offset.segment, as: UInt64.self),
      position: load(Offset.position, as: UInt64.self),
      lastPosition: load(Offset.lastPosition, as: UInt64.self),
      durablePosition: load(Offset.durablePosition, as: UInt64.self),
      producer: ProducerID(
        low: load(Offset.producer, as: UInt64.self), high: load(Offset.producer + 8, as: UInt64.self)),
      epoch: load(Offset.epoch, as: UInt64.self),
      sequence: load(Offset.sequence, as: UInt64.self),
      modelReference: load(Offset.modelReference, as: UInt64.self),
      rows: load(Offset.rows, as: UInt32.self),
      kind: load(Offset.kind, as: UInt8.self),
      environment: load(Offset.environment, as: UInt8.self),
      minTime: load(Offset.minTime, as: Int64.self),
      maxTime: load(Offset.maxTime, as: Int64.self),
      payloadHash: load(Offset.payloadHash, as: UInt64.self))
    guard max(lastPosition, durablePosition, segment) <= Limits.positionMax, position <= lastPosition,
      position > 0 || type != .block
    else {
      throw FormatError(
        .corrupt,
        "frame header is damaged: positions \(position) to \(lastPosition), durable position \(durablePosition) and file "
          + "\(segment) are not those of any log")
    }
  }
}

extension [UInt8] {
  package mutating func appendLittleEndian<T: FixedWidthInteger>(_ value: T) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
