internal import HindcastFormat

/// How much of the spool's room is taken.
struct SpoolRoom: Sendable {
  /// For all files of the spool's directory together.
  let bytesMax: Int
  /// Bytes of blocks to be sent next that stay in memory, or come back to it.
  let windowBytes: Int
  /// Of all files there are, of all processes.
  var usedBytes = 0

  func hasRoom(bytes: Int) -> Bool { usedBytes + bytes <= bytesMax }
}

/// What the spool's thread takes from the queues and tells them.
extension OutboxState {
  /// A queue with a spool behind it as the thread sees it.
  struct SpoolView: Sendable {
    var number: Int
    var producer: ProducerID
    var epoch: UInt64
    var firstIndex: UInt64
    var settledIndex: UInt64
    var durableIndex: UInt64
    var isHeld: Bool
    var isOpen: Bool
    var isAdopted: Bool
    var isEmpty: Bool

    var mark: ProgressMark {
      ProgressMark(
        epoch: epoch, firstIndex: firstIndex, settledIndex: settledIndex, durableIndex: max(durableIndex, settledIndex))
    }
  }

  var spoolViews: [SpoolView] {
    queues.filter { $0.place != .memory }.map { queue in
      SpoolView(
        number: queue.number, producer: queue.producer, epoch: queue.epoch, firstIndex: queue.firstIndex,
        settledIndex: queue.settledIndex, durableIndex: queue.durableIndex, isHeld: queue.isHeld,
        isOpen: queue.place == .spool && !queue.isClosed,
        isAdopted: queue.place == .adopted, isEmpty: queue.isEmpty)
    }
  }

  /// The queue that takes new blocks for the spool.
  var openQueue: Int? { spool == nil ? nil : queues.firstIndex { $0.place == .spool && !$0.isClosed } }

  var unwrittenBytes: Int { queues.reduce(0) { $0 + $1.unwrittenBytes } }

  private func place(of number: Int) -> Int? { queues.firstIndex { $0.number == number } }

  private var nextNumber: Int { (queues.last?.number ?? 0) + 1 }

  /// New blocks go to the spool from now on, under a producer that nobody had before.
  mutating func openSpool(producer: ProducerID, epoch: UInt64) -> Int {
    let number = nextNumber
    queues.append(ProducerQueue(number: number, place: .spool, producer: producer, epoch: epoch))
    return number
  }

  /// New blocks stay in memory from now on. What the spool has on disk remains to be sent, and so does what it has not.
  mutating func closeSpool(_ number: Int) {
    if let place = place(of: number) { queues[place].isClosed = true }
  }

  mutating func adopt(_ recovered: RecoveredSpool) -> Int {
    let number = nextNumber
    counts.recovered += recovered.blocks.reduce(0) { $0 + ($1.isReport ? 0 : Int($1.rowCount)) }
    queues.append(ProducerQueue(number: number, recovered))
    return number
  }

  /// A queue that is empty, and that nothing will come to, goes.
  mutating func remove(_ number: Int) {
    guard let place = place(of: number), place > 0, queues[place].isEmpty else { return }
    queues.remove(at: place)
  }

  mutating func takeUnwritten(_ number: Int, bytesMax: Int) -> [SpoolWrite] {
    place(of: number).map { queues[$0].takeUnwritten(bytesMax: bytesMax) } ?? []
  }

  mutating func becameDurable(
    _ number: Int, _ places: [(index: UInt64, place: SpoolPlace)], isMemoryShort: Bool
  ) {
    guard let place = place(of: number) else { return }
    releasedBytes += queues[place].becameDurable(
      places, isMemoryShort: isMemoryShort, windowBytes: spool?.windowBytes ?? 0)
  }

  func durableIndex(_ number: Int) -> UInt64 { place(of: number).map { queues[$0].durableIndex } ?? 0 }

  /// The epoch is on disk: blocks may be sent under it.
  mutating func recordedEpoch(_ number: Int, _ epoch: UInt64) {
    guard let place = place(of: number), queues[place].epoch == epoch else { return }
    queues[place].isHeld = false
  }

  mutating func takeWanted(_ number: Int, bytesMax: Int) -> [SpoolRead] {
    guard let place = place(of: number), let spool else { return [] }
    return queues[place].takeWanted(windowBytes: spool.windowBytes, bytesMax: bytesMax)
  }

  /// Blocks are in memory again, or reports of their loss in their place. What they take there counts as released with a
  /// minus: they are few, and waiting for room that they themselves could make would never end.
  mutating func wasRead(_ number: Int, _ index: UInt64, _ held: HeldBlock) {
    guard let place = place(of: number) else { return }
    releasedBytes -= queues[place].wasRead(index, held)
  }

  mutating func isLost(_ number: Int, _ index: UInt64, _ loss: LostRows, report: HeldBlock) {
    guard let place = place(of: number) else { return }
    releasedBytes -= queues[place].isLost(index, loss, report: report)
  }
}
