internal import HindcastFormat

/// Who sent what last: makes a resend harmless. Pure and bounded.
///
/// For each producer the current epoch, the last sequence, and where the last `recentMax` sequences stand. Sequences of
/// one epoch have no gaps, so the ring is the positions of `sequence - positions.count + 1 ... sequence`.
struct ProducerTable: Sendable {
  static let recentMax = 1_024

  enum Verdict: Equatable {
    case append
    /// Stored before; 0 when that is longer ago than is remembered.
    case duplicate(position: UInt64)
    case sequenceGap(expected: UInt64)
    case staleEpoch(current: UInt64)
  }

  struct Entry: Sendable, Equatable {
    var epoch: UInt64
    var sequence: UInt64
    /// Ascending by sequence, as a ring that starts at `start` once it is full.
    var positions: [UInt64]
    var start = 0

    var lastPosition: UInt64 { position(back: 0) ?? 0 }

    /// Of the sequence `back` before the last one; nil when it is not remembered.
    func position(back: UInt64) -> UInt64? {
      guard back < UInt64(positions.count) else { return nil }
      return positions[(start + positions.count - 1 - Int(back)) % positions.count]
    }

    mutating func append(_ position: UInt64, limit: Int) {
      if positions.count < limit {
        if start != 0 {
          positions = inOrder
          start = 0
        }
        positions.append(position)
      } else {
        positions[start] = position
        start = (start + 1) % positions.count
      }
    }

    var inOrder: [UInt64] { Array(positions[start...] + positions[..<start]) }
  }

  private(set) var entries: [ProducerID: Entry] = [:]
  private var recentCount = 0
  let producersMax: Int
  let recentTotalMax: Int
  /// Producers forgotten because there were too many; their next block with a sequence above 1 is refused as a gap.
  private(set) var evictedCount: UInt64 = 0

  init(producersMax: Int = 100_000, recentTotalMax: Int = 1 << 20) {
    self.producersMax = producersMax
    self.recentTotalMax = recentTotalMax
  }

  func judge(_ producer: ProducerID, epoch: UInt64, sequence: UInt64) -> Verdict {
    if producer == .none { return .append }
    guard let entry = entries[producer] else { return sequence == 1 ? .append : .sequenceGap(expected: 1) }
    return Self.judge(entry, epoch: epoch, sequence: sequence)
  }

  static func judge(_ entry: Entry, epoch: UInt64, sequence: UInt64) -> Verdict {
    if epoch < entry.epoch { return .staleEpoch(current: entry.epoch) }
    if epoch > entry.epoch { return sequence == 1 ? .append : .sequenceGap(expected: 1) }
    if sequence > entry.sequence {
      return sequence - entry.sequence == 1 ? .append : .sequenceGap(expected: entry.sequence + 1)
    }
    return .duplicate(position: entry.position(back: entry.sequence - sequence) ?? 0)
  }

  /// Notes a block that is stored. Takes any sequence: recovery may have lost blocks before this one.
  mutating func record(_ producer: ProducerID, epoch: UInt64, sequence: UInt64, position: UInt64) {
    if producer == .none { return }
    // Taken out rather than copied, so that its ring is changed in place.
    let known = entries.removeValue(forKey: producer)
    recentCount -= known?.positions.count ?? 0
    if var entry = known, entry.epoch == epoch, sequence == entry.sequence &+ 1 {
      entry.sequence = sequence
      entry.append(position, limit: Self.recentMax)
      insert(entry, producer)
    } else {
      insert(Entry(epoch: epoch, sequence: sequence, positions: [position]), producer)
    }
    if entries.count > producersMax { evict() }
    if recentCount > recentTotalMax { shorten() }
  }

  private mutating func insert(_ entry: Entry, _ producer: ProducerID) {
    recentCount += entry.positions.count
    entries[producer] = entry
  }

  /// Forgets the sixteenth that has been idle the longest: rarely, so that the sort costs little per block.
  private mutating func evict() {
    let oldest = entries.sorted { $0.value.lastPosition < $1.value.lastPosition }.prefix(max(1, producersMax / 16))
    for (producer, entry) in oldest {
      recentCount -= entry.positions.count
      entries[producer] = nil
      evictedCount += 1
    }
  }

  /// Keeps only the last position of those that have been idle the longest, until a sixteenth of the room is free.
  private mutating func shorten() {
    for (producer, entry) in entries.sorted(by: { $0.value.lastPosition < $1.value.lastPosition }) {
      if recentCount <= recentTotalMax - recentTotalMax / 16 { return }
      recentCount -= entry.positions.count
      insert(Entry(epoch: entry.epoch, sequence: entry.sequence, positions: [entry.lastPosition]), producer)
    }
  }

  // MARK: As stored in footers and manifest edits

  init(_ states: [ProducerState], producersMax: Int = 100_000, recentTotalMax: Int = 1 << 20) {
    self.init(producersMax: producersMax, recentTotalMax: recentTotalMax)
    for state in states.prefix(producersMax) {
      insert(
        Entry(
          epoch: state.epoch, sequence: state.sequence,
          positions: Array(state.recentPositions.suffix(Self.recentMax))), state.producer)
    }
    if recentCount > recentTotalMax { shorten() }
  }

  /// In a fixed order, so that the same log has the same bytes.
  var states: [ProducerState] {
    entries.sorted { ($0.key.high, $0.key.low) < ($1.key.high, $1.key.low) }.map { producer, entry in
      let count = UInt64(entry.positions.count)
      return ProducerState(
        producer: producer, epoch: entry.epoch, sequence: entry.sequence,
        recentSequences: (0..<count).map { entry.sequence &- (count - 1) &+ $0 }, recentPositions: entry.inOrder)
    }
  }
}
