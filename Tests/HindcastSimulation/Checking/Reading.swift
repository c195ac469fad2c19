internal import HindcastFormat

/// Everything that a reader was given, held to the ledger. Establishes the position of every block that is read for the
/// first time: what a reader has seen must stay.
struct Reading {
  private let compactedPosition: UInt64
  private let durablePosition: UInt64
  private let mayHaveGaps: Bool
  /// The reader began before retention dropped something, and keeps the files.
  private let isOlder: Bool
  /// Of segments, as far as read.
  private var delivered: Set<UInt64> = []
  private var archived: [UInt64: [UInt64]] = [:]
  private var gaps: [ClosedRange<UInt64>] = []
  private var trims: [ReadGap] = []
  private var lastInJournal: UInt64
  private var reached: UInt64 = 0
  private var isInArchive: Bool
  /// Blocks that were found at another position than they are known to have had.
  private var moved: [(number: Int, from: UInt64, to: UInt64)] = []

  /// Checks all items of a query for everything. Returns the positions of known blocks that are reported as lost.
  static func check(
    _ items: [StoredItem], compactedPosition: UInt64, durablePosition: UInt64, mayHaveGaps: Bool,
    isOlder: Bool = false, _ ledger: inout Ledger
  ) throws(SimulationFailure) -> Set<UInt64> {
    var reading = Reading(compactedPosition, durablePosition, mayHaveGaps, isOlder)
    for item in items {
      switch item {
      case .block(let block) where reading.isInArchive: try reading.addArchived(block, ledger)
      case .block(let block): try reading.add(block, &ledger)
      case .gap(let gap): try reading.add(gap)
      case .reached(let position): try reading.reach(position, &ledger)
      }
    }
    try require(
      reading.reached == durablePosition,
      "the log was read up to \(reading.reached) and is durable up to \(durablePosition)")
    return try reading.finish(&ledger)
  }

  private init(_ compactedPosition: UInt64, _ durablePosition: UInt64, _ mayHaveGaps: Bool, _ isOlder: Bool) {
    self.compactedPosition = compactedPosition
    self.durablePosition = durablePosition
    self.mayHaveGaps = mayHaveGaps
    self.isOlder = isOlder
    lastInJournal = compactedPosition
    isInArchive = compactedPosition > 0
  }

  // MARK: Items

  private mutating func add(_ stored: StoredBlock, _ ledger: inout Ledger) throws(SimulationFailure) {
    let position = stored.position
    try require(
      position == stored.lastPosition, "a segment's block has positions \(position) to \(stored.lastPosition)")
    try require(position > lastInJournal, "position \(position) was read behind position \(lastInJournal)")
    lastInJournal = position
    delivered.insert(position)
    let candidates = ledger.numbers(of: stored)
    try require(!candidates.isEmpty, "position \(position) holds \(stored.bytes.count) bytes that nobody sent")
    if let known = ledger.numbers[position] {
      try require(
        candidates.contains(known), "position \(position) holds another block than \(known) (\(ledger.keyText(known)))")
      return
    }
    if let number = candidates.first(where: { ledger.sent[$0].position == nil }) {
      return try ledger.establish(number, at: position)
    }
    let number = candidates[0]
    let from = ledger.sent[number].position!
    try require(
      mayHaveGaps, "block \(number) (\(ledger.keyText(number))) is at position \(from) and again at \(position)")
    moved.append((number, from, position))
  }

  private mutating func addArchived(_ stored: StoredBlock, _ ledger: Ledger) throws(SimulationFailure) {
    let block: Block
    do throws(FormatError) { block = try BlockDecoder.decode(stored.bytes) } catch {
      throw SimulationFailure("an archived block of positions \(stored.position) to \(stored.lastPosition): \(error)")
    }
    var before: (time: Int64, position: UInt64)?
    for row in RowKeys.rows(of: block) {
      guard let position = row.position, (stored.position...stored.lastPosition).contains(position),
        position <= compactedPosition
      else { throw SimulationFailure("an archived row has the position \(row.position ?? 0)") }
      archived[position, default: []].append(row.key)
      let place = (row.time ?? 0, position)
      if let before {
        try require(before <= place, "archived rows stand out of order: \(place) behind \(before)")
      }
      before = place
    }
  }

  private mutating func add(_ gap: ReadGap) throws(SimulationFailure) {
    if gap.kind == .trimmed { return trims.append(gap) }
    try require(mayHaveGaps, "a gap of \(gap.positions) though nothing was damaged: \(gap.reason)")
    try require(
      gap.positions.lowerBound >= 1 && gap.positions.upperBound <= durablePosition,
      "the gap \(gap.positions) lies outside the log, which ends at \(durablePosition)")
    gaps.append(gap.positions)
  }

  /// Everything up to here has been delivered or reported.
  private mutating func reach(_ position: UInt64, _ ledger: inout Ledger) throws(SimulationFailure) {
    if isInArchive {
      try require(position == compactedPosition, "the archive ends at \(position), and not at \(compactedPosition)")
      isInArchive = false
      try compareArchive(&ledger)
    }
    while reached < position {
      reached += 1
      let isThere = reached <= compactedPosition || delivered.contains(reached)
      try require(isThere || isGap(reached), "position \(reached) was passed over without a word")
    }
  }

  private func isGap(_ position: UInt64) -> Bool { gaps.contains { $0.contains(position) } }

  // MARK: The archive

  private mutating func compareArchive(_ ledger: inout Ledger) throws(SimulationFailure) {
    for position in archived.keys where ledger.numbers[position] == nil {
      // Archived before anybody could read it: it must be a block that was sent.
      let key = archived[position]![0]
      guard let number = ledger.numbersByRow[key]?.first(where: { ledger.sent[$0].position == nil })
      else { throw SimulationFailure("position \(position) is in the archive with rows that nobody sent there") }
      try ledger.establish(number, at: position)
    }
    for position in stride(from: 1, through: compactedPosition, by: 1) {
      let found = archived[position] ?? []
      guard let number = ledger.numbers[position] else {
        let isKnownMissing = isGap(position) || trims.contains { $0.positions.contains(position) }
        try require(isKnownMissing, "position \(position) is archived, has no rows, and is no gap")
        continue
      }
      let sent = ledger.sent[number]
      var missing = sent.rows
      for key in found {
        guard let index = missing.firstIndex(where: { $0.key == key }) else {
          throw SimulationFailure(
            "position \(position) has a row in the archive that block \(number) (\(ledger.keyText(number))) has not, "
              + "or has only once")
        }
        missing.remove(at: index)
        try require(
          mayHaveGaps || isOlder || ledger.trimmed[position]?.contains(key) != true,
          "position \(position) has a row again that retention had dropped")
      }
      var isLost = false
      for row in missing where !ledger.isRepeat(row.key, at: position) {
        if ledger.mayTrim(position, of: sent.block.stream.model), trims.cover(row, position, sent.block.stream.model) {
          ledger.noteTrimmed(row.key, at: position)
        } else {
          isLost = true
        }
      }
      if isLost {
        try require(
          isGap(position),
          "position \(position): \(missing.count) rows of block \(number) (\(ledger.keyText(number))) are not in the "
            + "archive, and no gap says so")
      } else {
        delivered.insert(position)
      }
    }
  }

  // MARK: The whole

  private func finish(_ ledger: inout Ledger) throws(SimulationFailure) -> Set<UInt64> {
    let lost = Set(ledger.numbers.keys.filter { $0 <= durablePosition && !delivered.contains($0) })
    ledger.lost.formUnion(lost)
    for (number, from, to) in moved {
      try require(
        !delivered.contains(from) || ledger.mayRepeat,
        "block \(number) (\(ledger.keyText(number))) is read at position \(from) and again at \(to)")
      if !delivered.contains(from) { ledger.lost.insert(from) }
      try ledger.establish(number, at: to)
    }
    try checkSequences(ledger)
    return lost
  }

  /// Each producer's blocks stand in the order in which it numbered them, and none is missing between two.
  private func checkSequences(_ ledger: Ledger) throws(SimulationFailure) {
    var last: [ProducerID: Ledger.Key] = [:]
    for position in ledger.numbers.keys.sorted() where position <= durablePosition {
      guard let key = ledger.sent[ledger.numbers[position]!].key else { continue }
      if let before = last[key.producer] {
        let follows =
          key.epoch == before.epoch
          ? key.sequence == before.sequence + 1 : key.epoch > before.epoch && key.sequence == 1
        try require(mayHaveGaps || follows, "position \(position) is \(key), behind \(before)")
      }
      last[key.producer] = key
    }
  }
}

extension [ReadGap] {
  /// Whether a reader who wants this row was told that it may have been dropped.
  func cover(_ row: RowKeys.Row, _ position: UInt64, _ model: String) -> Bool {
    contains { gap in
      gap.positions.contains(position) && (gap.model == nil || gap.model == model)
        && (gap.times == nil || row.time.map { gap.times!.contains($0) } ?? false)
    }
  }
}
