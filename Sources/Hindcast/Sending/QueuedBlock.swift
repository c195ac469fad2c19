internal import HindcastFormat

/// A block between the encoder and the server's acknowledgement. Small, since a spool may hold hundreds of thousands of
/// them: what takes memory is the block's bytes, and those may be on disk only.
struct QueuedBlock: Sendable {
  /// The block's number with its producer, for good: 1, 2, 3, ... without gaps. 0: not given yet, as it was never sent.
  var index: UInt64 = 0
  /// What `flush` waits for; 0: nobody waits, it comes from the spool of an earlier process.
  var ticket: UInt64
  var rowCount: UInt32
  /// Encoded.
  var byteCount: UInt32
  /// Tells of lost events: it is not counted among the events itself.
  var isReport = false
  /// Its bytes are lost: what goes to the server under its number is a report of that.
  var isHole = false
  /// nil: only on disk.
  var held: HeldBlock?
  /// nil: not in the spool.
  var place: SpoolPlace?

  init(index: UInt64 = 0, ticket: UInt64, block: EncodedBlock) {
    self.index = index
    self.ticket = ticket
    rowCount = UInt32(clamping: block.rowCount)
    byteCount = UInt32(clamping: block.bytes.count)
    isReport = block.stream.kind == .loss
    held = HeldBlock(block)
  }

  /// A block that is on disk only.
  init(index: UInt64, rowCount: UInt32, byteCount: UInt32, isReport: Bool, place: SpoolPlace) {
    self.index = index
    ticket = 0
    self.rowCount = rowCount
    self.byteCount = byteCount
    self.isReport = isReport
    self.place = place
  }

  /// A block that is nowhere any more.
  init(hole index: UInt64, rowCount: Int) {
    self.index = index
    ticket = 0
    self.rowCount = UInt32(clamping: rowCount)
    byteCount = 0
    isHole = true
  }

  /// What it takes in the memory's budget.
  var heldBytes: Int { held?.block.bytes.count ?? 0 }
}

/// A block in memory. An object, so that the entry of a block on disk has the size of a reference.
final class HeldBlock: Sendable {
  let block: EncodedBlock
  init(_ block: EncodedBlock) { self.block = block }
}

/// Where a frame stands in the spool of its producer.
struct SpoolPlace: Sendable, Equatable {
  var file: UInt32
  var offset: UInt32
}
