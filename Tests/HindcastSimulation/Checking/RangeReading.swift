internal import HindcastFormat

/// What a query for a part of the log gave, held to the ledger: nothing that is wanted is missing, and nothing is wrong.
enum RangeReading {
  static func check(
    _ items: [StoredItem], _ query: ReadQuery, compactedPosition: UInt64, durablePosition: UInt64, mayHaveGaps: Bool,
    _ ledger: Ledger
  ) throws(SimulationFailure) {
    var rows: [UInt64: [UInt64]] = [:]
    var journal: Set<UInt64> = []
    var gaps: [ClosedRange<UInt64>] = []
    var trims: [ReadGap] = []
    for item in items {
      switch item {
      case .reached: break
      case .gap(let gap) where gap.kind == .trimmed: trims.append(gap)
      case .gap(let gap): gaps.append(gap.positions)
      case .block(let stored) where stored.position > compactedPosition && stored.lastPosition == stored.position:
        guard let number = ledger.numbers[stored.position], ledger.sent[number].block.bytes == stored.bytes else {
          throw SimulationFailure("\(query): position \(stored.position) holds another block than was sent")
        }
        journal.insert(stored.position)
      case .block(let stored):
        guard let block = try? BlockDecoder.decode(stored.bytes) else {
          throw SimulationFailure("\(query): an archived block at \(stored.position) is damaged")
        }
        for row in RowKeys.rows(of: block) { rows[row.position ?? 0, default: []].append(row.key) }
      }
    }
    try require(gaps.isEmpty || mayHaveGaps, "\(query): a gap of \(gaps) though nothing was damaged")
    for (position, keys) in rows {
      let known = ledger.numbers[position].map { ledger.sent[$0].rows.map(\.key) } ?? []
      try require(
        keys.allSatisfy(known.contains) && Set(keys).count == keys.count,
        "\(query): position \(position) has rows in the archive that were not sent there")
    }
    for (position, number) in ledger.numbers where position <= durablePosition {
      let sent = ledger.sent[number]
      guard
        query.wants(
          sent.block.stream, positions: position...position, minTime: sent.block.minTime, maxTime: sent.block.maxTime)
      else { continue }
      let isThere =
        position > compactedPosition
        ? journal.contains(position)
        : sent.rows.allSatisfy { row in
          rows[position, default: []].contains(row.key) || ledger.isRepeat(row.key, at: position)
            || ledger.mayTrim(position, of: sent.block.stream.model)
              && trims.cover(row, position, sent.block.stream.model)
        }
      try require(
        isThere || gaps.contains { $0.contains(position) },
        "\(query): position \(position) is wanted and missing (compacted up to \(compactedPosition))")
    }
  }
}
