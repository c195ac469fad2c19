internal import HindcastFormat

/// How far a producer has got, as its progress files have it: frames of type mark, 128 bytes with a checksum. All its
/// numbers only grow, so that the greatest of all marks that can be read is what is known.
struct ProgressMark: Equatable {
  /// The latest, and the index of the block that has sequence 1 in it.
  var epoch: UInt64
  var firstIndex: UInt64
  /// Every block up to this one is acknowledged or given up.
  var settledIndex: UInt64
  /// Every block up to this one was on disk, or settled.
  var durableIndex: UInt64

  /// A file has two places, in sectors of their own. What is on disk for certain stands in one of them and is left alone
  /// while the other is written, so that a write that is torn takes nothing away.
  static let placeByteCount = 512
  static let placeCount = 2

  func bytes(_ producer: ProducerID, file: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    FrameHeader(
      type: .mark, payloadLength: 0, segment: UInt64(file), position: firstIndex,
      lastPosition: max(firstIndex, settledIndex, durableIndex), durablePosition: durableIndex, producer: producer,
      epoch: epoch, sequence: settledIndex, payloadHash: Checksum.xxh3([UInt8]())
    ).append(to: &bytes)
    return bytes
  }

  /// nil: nothing that this producer wrote to this file.
  init?(_ bytes: some Collection<UInt8>, _ producer: ProducerID, file: UInt32) {
    let header: FrameHeader? = Array(bytes).withUnsafeBytes { try? FrameHeader(parsing: $0) }
    guard let header, header.type == .mark, header.producer == producer, header.segment == UInt64(file),
      header.position > 0, header.sequence <= Limits.positionMax
    else { return nil }
    self.init(
      epoch: header.epoch, firstIndex: header.position, settledIndex: header.sequence,
      durableIndex: header.durablePosition)
  }

  init(epoch: UInt64, firstIndex: UInt64, settledIndex: UInt64, durableIndex: UInt64) {
    self.epoch = epoch
    self.firstIndex = firstIndex
    self.settledIndex = settledIndex
    self.durableIndex = durableIndex
  }

  /// What both know.
  mutating func join(_ other: ProgressMark) {
    if other.epoch > epoch { (epoch, firstIndex) = (other.epoch, other.firstIndex) }
    settledIndex = max(settledIndex, other.settledIndex)
    durableIndex = max(durableIndex, other.durableIndex)
  }
}
