internal import HindcastFormat
internal import HindcastStorage

extension SimulationRun {
  /// Archives what is there, while producers go on sending in between and a reader that began before reads on.
  func compact() throws {
    guard let store else { return }
    machine.with { $0.phase = .compact }
    let (faults, durable) = (faultCount(), store.durablePosition)
    var reader: HalfRead?
    do throws(StorageError) {
      if random.chance(percent: 30) { reader = try HalfRead(of: store, items: random.number(below: 6)) }
    } catch {
      try dieIfDead()
      throw SimulationFailure("the log cannot be read: \(error)")
    }
    var failure: (any Error)?
    var burstsLeft = random.number(below: 4)
    let result: Result<CompactionReport, StorageError>
    let rests = machine.gate.rests
    do throws(StorageError) {
      // On the thread that compacts, which waits meanwhile: so the order of disk calls is the same in every run.
      result = .success(
        try store.compact { [self] _ in
          machine.gate.waitForRest(after: rests)
          guard burstsLeft > 0, failure == nil, random.chance(percent: 30) else { return }
          burstsLeft -= 1
          do {
            if setup.retains, random.chance(percent: 20) { try retain() } else { try appendBurst() }
          } catch {
            failure = error
          }
          machine.with { $0.phase = .compact }
        })
    } catch {
      result = .failure(error)
    }
    // The journal sealed its segment first, and goes to sleep again.
    machine.gate.waitForRest(after: rests)
    if let failure { throw failure }
    try dieIfDead()
    counts.compactions += 1
    switch result {
    case .success(let report):
      machine.add(to: "compacted up to \(report.compactedPosition)")
      try require(
        report.compactedPosition >= durable || setup.trouble == .space || isDamaged
          || faultCount() > faultsBeforeOpening,
        "a compaction ended at \(report.compactedPosition), and \(durable) was durable before")
    case .failure(let error):
      machine.add(to: "compaction failed: \(error)")
      let isExpected = faultCount() > faults || needsRestart || setup.trouble == .space
      try require(isExpected, "compaction failed: \(error)")
      needsRestart = true
    }
    try finish(&reader)
    try readEverything()
  }

  private func finish(_ reader: inout HalfRead?) throws {
    guard var half = reader else { return }
    do throws(StorageError) { try half.readOn() } catch {
      try dieIfDead()
      throw SimulationFailure("a reader that began before a compaction cannot read on: \(error)")
    }
    try check(half.snapshot, isOlder: true)
    reader = nil
  }

  /// A cursor that has read a part, and keeps the files it needs.
  private struct HalfRead {
    private var cursor: LogCursor
    private(set) var snapshot: Snapshot

    init(of store: LogStore, items: Int) throws(StorageError) {
      snapshot = Snapshot(
        items: [], compactedPosition: store.status().compactedPosition, durablePosition: store.durablePosition)
      cursor = try store.read(ReadQuery())
      for _ in 0..<items {
        guard let item = try cursor.next() else { break }
        snapshot.items.append(item)
      }
    }

    mutating func readOn() throws(StorageError) {
      while let item = try cursor.next() { snapshot.items.append(item) }
    }
  }
}
