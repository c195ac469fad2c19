internal import HindcastFormat

/// What producers sent and what they were told: the truth that the log is held to.
struct Ledger {
  /// What makes a resend recognisable.
  struct Key: Hashable, CustomStringConvertible {
    var producer: ProducerID
    var epoch: UInt64
    var sequence: UInt64
    var description: String { "producer \(producer.low), epoch \(epoch), sequence \(sequence)" }
  }

  struct Sent {
    var block: EncodedBlock
    var rows: [RowKeys.Row]
    /// nil: sent without a producer.
    var key: Key?
    /// Where it stands, once that is known for good: it was acknowledged, or read.
    var position: UInt64?
    var wasAcknowledged = false
  }

  /// What the store must answer.
  enum Verdict: Equatable {
    case append
    case duplicate(position: UInt64)
    case sequenceGap(expected: UInt64)
    case staleEpoch
  }

  private(set) var sent: [Sent] = []
  private(set) var numbers: [UInt64: Int] = [:]
  private var numbersByKey: [Key: Int] = [:]
  private var numbersByHash: [UInt64: [Int]] = [:]
  private(set) var numbersByRow: [UInt64: [Int]] = [:]
  /// The last that is stored of each producer.
  private var last: [ProducerID: (epoch: UInt64, sequence: UInt64)] = [:]
  /// Of the next block that is stored.
  private(set) var nextPosition: UInt64 = 1
  /// Positions of blocks that a reading has reported as lost.
  var lost: Set<UInt64> = []
  /// A damaged manifest may have lost what was known of producers, so that a block that is sent again is stored again.
  var mayRepeat = false
  /// By model, the position up to which retention was ever allowed to drop rows.
  private var trimmable: [String: UInt64] = [:]
  /// Rows that retention has dropped, by position.
  private(set) var trimmed: [UInt64: Set<UInt64>] = [:]
  /// Acknowledged blocks that damage took without leaving a trace on the medium.
  private(set) var vanishedCount = 0

  // MARK: Sending

  /// Notes a block that is about to be sent for the first time; its number.
  mutating func add(_ block: EncodedBlock, rows: [RowKeys.Row], key: Key?) -> Int {
    let number = sent.count
    sent.append(Sent(block: block, rows: rows, key: key))
    if let key { numbersByKey[key] = number }
    numbersByHash[block.payloadHash, default: []].append(number)
    for row in rows { numbersByRow[row.key, default: []].append(number) }
    return number
  }

  func verdict(on key: Key?) -> Verdict {
    guard let key else { return .append }
    guard let last = last[key.producer] else { return key.sequence == 1 ? .append : .sequenceGap(expected: 1) }
    if key.epoch < last.epoch { return .staleEpoch }
    if key.epoch > last.epoch { return key.sequence == 1 ? .append : .sequenceGap(expected: 1) }
    if key.sequence > last.sequence {
      return key.sequence == last.sequence + 1 ? .append : .sequenceGap(expected: last.sequence + 1)
    }
    return .duplicate(position: numbersByKey[key].flatMap { sent[$0].position } ?? 0)
  }

  mutating func acknowledge(_ number: Int, at position: UInt64) throws(SimulationFailure) {
    try establish(number, at: position)
    sent[number].wasAcknowledged = true
    nextPosition = max(nextPosition, position + 1)
  }

  /// From now on the block stands at this position, whatever happens.
  mutating func establish(_ number: Int, at position: UInt64) throws(SimulationFailure) {
    if let other = numbers[position], other != number {
      throw SimulationFailure(
        "position \(position) was given to block \(number) (\(keyText(number))), and is that of block \(other) "
          + "(\(keyText(other)))")
    }
    if let known = sent[number].position, known != position, !lost.contains(known) {
      numbers[position] = number
      if mayRepeat { return }
      throw SimulationFailure(
        "block \(number) (\(keyText(number))) stands at position \(known) and again at \(position)")
    }
    numbers[position] = number
    sent[number].position = position
    if let key = sent[number].key,
      last[key.producer].map({ ($0.epoch, $0.sequence) < (key.epoch, key.sequence) }) ?? true
    {
      last[key.producer] = (key.epoch, key.sequence)
    }
  }

  // MARK: Restarts

  /// Known positions beyond what a store that was just opened calls durable, ascending.
  func positions(beyond durablePosition: UInt64) -> [UInt64] {
    numbers.keys.filter { $0 > durablePosition }.sorted()
  }

  /// The store goes on behind `durablePosition`; what was known beyond it is gone and may be sent again.
  mutating func goOn(behind durablePosition: UInt64) {
    nextPosition = durablePosition + 1
    let gone = positions(beyond: durablePosition)
    if gone.isEmpty { return }
    for position in gone {
      let number = numbers.removeValue(forKey: position)!
      vanishedCount += sent[number].wasAcknowledged ? 1 : 0
      sent[number].position = nil
      sent[number].wasAcknowledged = false
    }
    last = [:]
    for number in numbers.values {
      guard let key = sent[number].key else { continue }
      if last[key.producer].map({ ($0.epoch, $0.sequence) < (key.epoch, key.sequence) }) ?? true {
        last[key.producer] = (key.epoch, key.sequence)
      }
    }
  }

  // MARK: Retention

  mutating func allowTrimming(of model: String, upTo position: UInt64) {
    trimmable[model] = max(trimmable[model] ?? 0, position)
  }

  func mayTrim(_ position: UInt64, of model: String) -> Bool { position <= trimmable[model] ?? 0 }

  mutating func noteTrimmed(_ rowKey: UInt64, at position: UInt64) { trimmed[position, default: []].insert(rowKey) }

  var trimmedRowCount: Int { trimmed.values.reduce(0) { $0 + $1.count } }

  // MARK: Looking up

  /// Blocks that were sent with exactly these bytes.
  func numbers(of stored: StoredBlock) -> [Int] {
    numbersByHash[stored.payloadHash, default: []].filter { sent[$0].block.bytes == stored.bytes }
  }

  /// Compaction keeps of predictions that are equal in everything only the one with the lowest position.
  func isRepeat(_ rowKey: UInt64, at position: UInt64) -> Bool {
    numbersByRow[rowKey]!.contains { number in
      sent[number].block.stream.kind == .prediction && sent[number].position.map { $0 < position } ?? false
    }
  }

  var highestPosition: UInt64 { numbers.keys.max() ?? 0 }

  func keyText(_ number: Int) -> String { sent[number].key.map { "\($0)" } ?? "no producer" }
}
