internal import HindcastFormat

/// One that sends blocks, keeps what was not acknowledged, and sends it again.
struct Producer {
  let id: ProducerID
  private(set) var epoch: UInt64 = 1
  private(set) var nextSequence: UInt64 = 1
  /// Numbers of blocks that are not acknowledged, in the order of their sequences.
  private(set) var outbox: [Int] = []
  /// Numbers of all blocks that ever were acknowledged.
  private(set) var history: [Int] = []

  init(number: Int) { id = ProducerID(low: UInt64(number + 1), high: 7) }

  /// The key of the next new block, which the caller adds.
  var nextKey: Ledger.Key { Ledger.Key(producer: id, epoch: epoch, sequence: nextSequence) }

  mutating func add(_ number: Int) {
    outbox.append(number)
    nextSequence += 1
  }

  /// Also for blocks that were found stored when a store was opened again.
  mutating func acknowledged(_ number: Int) {
    guard let index = outbox.firstIndex(of: number) else { return }
    outbox.remove(at: index)
    history.append(number)
  }

  /// Another life: what was not acknowledged is forgotten.
  mutating func beginEpoch() {
    epoch += 1
    nextSequence = 1
    outbox = []
  }
}
