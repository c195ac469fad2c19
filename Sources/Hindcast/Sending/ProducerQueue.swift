internal import HindcastFormat

/// The unacknowledged blocks of one producer, oldest first, and the numbers they are sent under.
///
/// A block's index is its own for good; its sequence follows from it: within the present epoch the block of `firstIndex`
/// has sequence 1. So a resend after a lost connection carries the same number by itself, and so does one after a restart.
///
/// What was sent once stands in `sent`: it may be on the server's disk, so that it is never dropped and its index never
/// changes. What was never sent waits behind; in memory it gets its index only when it is sent, so that it may still be
/// dropped without a gap. In a spool a block has its index from the start, and every index from the oldest on is there.
struct ProducerQueue: Sendable {
  enum Place: Sendable {
    /// Blocks are in memory only, and lost with the process.
    case memory
    /// Blocks are written to a spool of this process.
    case spool
    /// Blocks were left in a spool by another process, or an earlier life of this one. Nobody adds to them.
    case adopted
  }

  let number: Int
  let place: Place
  let producer: ProducerID
  private(set) var epoch: UInt64
  private(set) var firstIndex: UInt64
  private(set) var nextIndex: UInt64

  private(set) var sent = FIFO<QueuedBlock>()
  private(set) var waiting = FIFO<QueuedBlock>()
  /// Loss reports that wait in memory: apart, so that dropping the oldest passes them by. They go out first.
  private var reports = FIFO<QueuedBlock>()
  /// Of `sent`, those that are on their way on the present stream.
  private(set) var inFlightCount = 0
  /// How often in a row the oldest block came back with a refusal, or a failed stream, that says nothing about time.
  var headFailures = 0
  /// Nothing may be sent before the spool has the present epoch on disk: `SpoolWorker` says why.
  var isHeld = false
  /// Takes no new blocks: its spool has failed.
  var isClosed = false

  /// The last block that the spool was given to write, and the last that is on its disk.
  private var handedIndex: UInt64 = 0
  private(set) var durableIndex: UInt64 = 0
  /// Frames that the spool was not yet given.
  private(set) var unwrittenBytes = 0
  /// What is known of the blocks that are lost, by index.
  private var losses: [UInt64: LostRows] = [:]
  /// How many blocks at the front of `waiting` are in memory, and their bytes.
  private var readyCount = 0
  private var readyBytes = 0

  init(number: Int, place: Place, producer: ProducerID, epoch: UInt64) {
    self.number = number
    self.place = place
    self.producer = producer
    self.epoch = epoch
    firstIndex = 1
    nextIndex = 1
  }

  /// What an earlier process left in its spool.
  init(number: Int, _ recovered: RecoveredSpool) {
    self.init(number: number, place: .adopted, producer: recovered.producer, epoch: recovered.epoch)
    firstIndex = recovered.firstIndex
    nextIndex = recovered.settledIndex + 1
    for block in recovered.blocks {
      waiting.append(block)
      nextIndex = block.index + 1
    }
    losses = recovered.losses
    handedIndex = nextIndex - 1
    durableIndex = handedIndex
  }

  var count: Int { sent.count + reports.count + waiting.count }
  var isEmpty: Bool { count == 0 }
  var hasUnsent: Bool { inFlightCount < count }
  var oldest: QueuedBlock? { sent.first ?? reports.first ?? waiting.first }

  /// The ticket of the oldest block that anybody waits for.
  var firstTicket: UInt64? {
    guard place != .adopted else { return nil }
    // Reports are sent before blocks that wait, whatever their tickets.
    let sentTickets = (0..<sent.count).map { sent[$0].ticket }
    return ([reports.first, waiting.first].compactMap { $0?.ticket } + sentTickets).min()
  }

  /// In a spool: every block up to this one is acknowledged or given up.
  var settledIndex: UInt64 { (sent.first ?? waiting.first).map { $0.index - 1 } ?? nextIndex - 1 }

  func sequence(of block: QueuedBlock) -> UInt64 { block.index &- firstIndex &+ 1 }

  /// The block that would be sent next, if it is in memory.
  var next: HeldBlock? {
    if isHeld { return nil }
    return (inFlightCount < sent.count ? sent[inFlightCount] : reports.first ?? waiting.first)?.held
  }

  mutating func append(_ block: EncodedBlock, ticket: UInt64) {
    var queued = QueuedBlock(ticket: ticket, block: block)
    if place == .memory {
      if queued.isReport { reports.append(queued) } else { waiting.append(queued) }
      return
    }
    queued.index = nextIndex
    nextIndex += 1
    unwrittenBytes += FrameHeader.frameByteCount(payloadLength: block.bytes.count)
    waiting.append(queued)
  }

  /// The next block, which is in flight from now on. Only if there is a `next`.
  mutating func takeNext() -> (block: QueuedBlock, isResent: Bool) {
    defer { inFlightCount += 1 }
    if inFlightCount < sent.count { return (sent[inFlightCount], true) }
    var block: QueuedBlock
    if let report = reports.popFirst() {
      block = report
    } else {
      block = waiting.popFirst()!
      if readyCount > 0 {
        readyCount -= 1
        readyBytes -= Int(block.byteCount)
      }
    }
    if block.index == 0 {
      block.index = nextIndex
      nextIndex += 1
    }
    sent.append(block)
    return (block, false)
  }

  /// A new stream: everything unacknowledged is to be sent again.
  mutating func beginStream() { inFlightCount = 0 }

  /// The oldest block is acknowledged or given up. It was in flight.
  mutating func popHead() -> (block: QueuedBlock, loss: LostRows?)? {
    guard let head = sent.popFirst() else { return nil }
    headFailures = 0
    inFlightCount = max(0, inFlightCount - 1)
    passUnwritten(head)
    return (head, losses.removeValue(forKey: head.index))
  }

  /// A block that is settled before it was written need not be.
  private mutating func passUnwritten(_ block: QueuedBlock) {
    guard place != .memory, block.index > handedIndex else { return }
    handedIndex = block.index
    unwrittenBytes -= FrameHeader.frameByteCount(payloadLength: Int(block.byteCount))
  }

  /// What is left is sent under a new epoch, from sequence 1. `now`, in microseconds, numbers it.
  mutating func beginEpoch(now: UInt64) {
    epoch = max(epoch + 1, now)
    firstIndex = sent.first?.index ?? (place == .memory ? nextIndex : settledIndex + 1)
    if place != .memory { isHeld = true }
  }

  /// Drops the oldest block that was never sent.
  mutating func dropOldest() -> QueuedBlock? { place == .memory ? waiting.popFirst() : nil }

  /// Gives up everything, and says what.
  mutating func removeAll() -> [QueuedBlock] {
    var all: [QueuedBlock] = []
    while let block = sent.popFirst() ?? reports.popFirst() ?? waiting.popFirst() { all.append(block) }
    inFlightCount = 0
    unwrittenBytes = 0
    (readyCount, readyBytes) = (0, 0)
    return all
  }
}

extension ProducerQueue {
  /// The block of an index, by its distance from the oldest: every index from there on is here.
  private func position(of index: UInt64) -> Int? {
    guard let head = (sent.first ?? waiting.first)?.index, index >= head, index < nextIndex else { return nil }
    return Int(index - head)
  }

  private subscript(_ position: Int) -> QueuedBlock {
    get { position < sent.count ? sent[position] : waiting[position - sent.count] }
    set { if position < sent.count { sent[position] = newValue } else { waiting[position - sent.count] = newValue } }
  }

  /// The next blocks for the spool to write; at least one if there is any.
  mutating func takeUnwritten(bytesMax: Int) -> [SpoolWrite] {
    guard place == .spool, !isClosed else { return [] }
    var writes: [SpoolWrite] = []
    var byteCount = 0
    while let position = position(of: max(handedIndex + 1, settledIndex + 1)) {
      let block = self[position]
      guard let held = block.held else { break }
      let frameBytes = FrameHeader.frameByteCount(payloadLength: Int(block.byteCount))
      if !writes.isEmpty, byteCount + frameBytes > bytesMax { break }
      byteCount += frameBytes
      unwrittenBytes -= frameBytes
      handedIndex = block.index
      writes.append(SpoolWrite(index: block.index, epoch: epoch, sequence: sequence(of: block), held: held))
    }
    return writes
  }

  /// Blocks are on the spool's disk. If memory is short their bytes leave it, but for the next `windowBytes` to be sent.
  /// Returns the bytes that left.
  mutating func becameDurable(_ places: [(index: UInt64, place: SpoolPlace)], isMemoryShort: Bool, windowBytes: Int)
    -> Int
  {
    guard let first = places.first, let last = places.last else { return 0 }
    durableIndex = max(durableIndex, last.index)
    for (index, place) in places {
      if let position = position(of: index) { self[position].place = place }
    }
    guard isMemoryShort, let end = position(of: last.index), end >= sent.count else { return 0 }
    let start = max(position(of: first.index) ?? 0, sent.count) - sent.count
    var ahead = 0
    var offset = 0
    while offset < start, ahead < windowBytes {
      ahead += Int(waiting[offset].byteCount)
      offset += 1
    }
    var freed = 0
    for offset in max(offset, start)...max(offset, start, end - sent.count) where offset < waiting.count {
      if ahead < windowBytes {
        ahead += Int(waiting[offset].byteCount)
        continue
      }
      guard waiting[offset].place != nil, waiting[offset].held != nil else { continue }
      while readyCount > offset {
        readyCount -= 1
        readyBytes -= Int(waiting[readyCount].byteCount)
      }
      freed += waiting[offset].heldBytes
      waiting[offset].held = nil
    }
    return freed
  }

  /// The next blocks that are to be sent and are not in memory.
  mutating func takeWanted(windowBytes: Int, bytesMax: Int) -> [SpoolRead] {
    while readyCount < waiting.count, waiting[readyCount].held != nil {
      readyBytes += Int(waiting[readyCount].byteCount)
      readyCount += 1
    }
    guard readyCount < waiting.count, readyBytes == 0 || readyBytes < windowBytes / 2 else { return [] }
    var reads: [SpoolRead] = []
    var ahead = readyBytes
    var byteCount = 0
    for offset in readyCount..<waiting.count {
      let block = waiting[offset]
      if offset > readyCount,
        ahead + Int(block.byteCount) > windowBytes || byteCount >= bytesMax
          || reads.count >= Self.readsMax
      {
        break
      }
      ahead += Int(block.byteCount)
      if block.held != nil { continue }
      byteCount += Int(block.byteCount)
      reads.append(SpoolRead(block: block, loss: losses[block.index]))
    }
    return reads
  }

  private static let readsMax = 1_024

  /// A block was read back. Returns the bytes it takes in memory; 0: nobody waits for it any more.
  mutating func wasRead(_ index: UInt64, _ held: HeldBlock) -> Int {
    guard let position = position(of: index), self[position].held == nil else { return 0 }
    self[position].held = held
    return held.block.bytes.count
  }

  /// A block can't be read back: from now on a report of that stands in its place.
  mutating func isLost(_ index: UInt64, _ loss: LostRows, report: HeldBlock) -> Int {
    guard let position = position(of: index), self[position].held == nil else { return 0 }
    self[position].isHole = true
    self[position].held = report
    losses[index] = loss
    return report.block.bytes.count
  }
}

/// A block for the spool to write, with the number it has at present.
struct SpoolWrite: Sendable {
  var index: UInt64
  var epoch: UInt64
  var sequence: UInt64
  var held: HeldBlock
}

/// A block for the spool to read back, or, if it is lost, to make a report of.
struct SpoolRead: Sendable {
  var block: QueuedBlock
  var loss: LostRows?
}
