/// The fixed 128 bytes before every payload on disk. `proto/FORMAT.md` has the table; offsets here are held to it by the
/// golden files.
///
/// The header's own checksum covers segment id and position, so stale bytes and misdirected writes fail it. A length is
/// trusted only after that checksum.
package struct FrameHeader: Sendable, Equatable {
  package static let byteCount = 128
  package static let magic: UInt32 = 0x3146_4348  // "HCF1" in file order
  package static let currentVersion: UInt8 = 1
  /// Frames start at multiples of this; the bytes between are zero.
  package static let alignment = 8

  package enum FrameType: UInt8, Sendable {
    /// First frame of a file; payload `FileHeader`.
    case fileHeader = 1
    /// Payload `Block`.
    case block = 2
    /// Last frame of a sealed file; payload `FileFooter`.
    case footer = 3
    /// A manifest record; payload `ManifestEdit`.
    case manifestEdit = 4
    /// Behind the last block of a segment while nothing is written: no payload, only the durable position. The next group
    /// is written over it.
    case mark = 5
  }

  package var type: FrameType
  package var flags: UInt32 = 0
  package var payloadLength: UInt32
  /// Id of the segment or archive file that the frame was written to.
  package var segment: UInt64
  /// Of a block in the journal; in an archive the lowest position of the block's rows.
  package var position: UInt64
  /// In an archive the highest position of the block's rows, else equal to `position`.
  package var lastPosition: UInt64
  /// Every position up to here was on disk when this frame was written.
  package var durablePosition: UInt64
  /// 16 bytes as two words, in file order, little-endian; zero when the block came without a producer.
  package var producer: ProducerID
  package var epoch: UInt64
  package var sequence: UInt64
  /// XXH3-64 of the model's name: lets a scan pass over other models' blocks.
  package var modelReference: UInt64
  package var rows: UInt32
  /// Raw values of `EventKind` and `Environment`; 0 in frames that hold no block.
  package var kind: UInt8
  package var environment: UInt8
  package var minTime: Int64
  package var maxTime: Int64
  /// XXH3-64 of the payload.
  package var payloadHash: UInt64

  package init(
    type: FrameType, flags: UInt32 = 0, payloadLength: UInt32, segment: UInt64, position: UInt64, lastPosition: UInt64,
    durablePosition: UInt64, producer: ProducerID = .none, epoch: UInt64 = 0, sequence: UInt64 = 0,
    modelReference: UInt64 = 0, rows: UInt32 = 0, kind: UInt8 = 0, environment: UInt8 = 0, minTime: Int64 = 0,
    maxTime: Int64 = 0, payloadHash: UInt64
  ) {
    self.type = type
    self.flags = flags
    self.payloadLength = payloadLength
    self.segment = segment
    self.position = position
    self.lastPosition = lastPosition
    self.durablePosition = durablePosition
    self.producer = producer
    self.epoch = epoch
    self.sequence = sequence
    self.modelReference = modelReference
    self.rows = rows
    self.kind = kind
    self.environment = environment
    self.minTime = minTime
    self.maxTime = maxTime
    self.payloadHash = payloadHash
  }

  /// Bytes from this header to the next frame's.
  package var frameByteCount: Int {
    Self.frameByteCount(payloadLength: Int(payloadLength))
  }

  package static func frameByteCount(payloadLength: Int) -> Int {
    (byteCount + payloadLength + alignment - 1) & ~(alignment - 1)
  }
}

/// Who sent a block: 16 bytes, all zero for nobody in particular.
package struct ProducerID: Sendable, Hashable {
  package var low: UInt64
  package var high: UInt64

  package static let none = ProducerID(low: 0, high: 0)

  package init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// From the 16 bytes of the wire; nil for any other count.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    low = 0
    high = 0
    for (index, byte) in bytes.enumerated() {
      if index < 8 { low |= UInt64(byte) << UInt64(8 * index) } else { high |= UInt64(byte) << UInt64(8 * (index - 8)) }
    }
  }

  package var bytes: [UInt8] {
    (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? low : high) >> UInt64(8 * ($0 & 7))) }
  }
}
