internal import HindcastFormat
internal import HindcastStorage

extension SimulationRun {
  /// What was read at one moment.
  struct Snapshot {
    var items: [StoredItem]
    var compactedPosition: UInt64
    var durablePosition: UInt64
  }

  /// Reads the whole log and holds it to the ledger.
  func readEverything(afterOpening: Bool = false) throws {
    guard let store else { return }
    let lost = try check(try take(from: store))
    for producer in producers.indices {
      for number in producers[producer].outbox where ledger.sent[number].position != nil {
        producers[producer].acknowledged(number)
      }
    }
    // Damage since the log was opened, or a read that failed just now, is none that anybody but the reader could know of.
    if afterOpening, !lost.isEmpty, faultCount() == faultsBeforeOpening { try checkReported(lost, store) }
  }

  private func take(from store: LogStore) throws -> Snapshot {
    machine.with { $0.phase = .read }
    do throws(StorageError) { return try Snapshot(of: store) } catch {
      try dieIfDead()
      throw SimulationFailure("the log cannot be read: \(error)")
    }
  }

  @discardableResult
  func check(_ snapshot: Snapshot, isOlder: Bool = false) throws(SimulationFailure) -> Set<UInt64> {
    counts.readings += 1
    let lost = try Reading.check(
      snapshot.items, compactedPosition: snapshot.compactedPosition, durablePosition: snapshot.durablePosition,
      mayHaveGaps: isDamaged, isOlder: isOlder, &ledger)
    counts.lost += lost.count
    return lost
  }

  /// What a reader is told is lost, `Status` or `verify` tell as well.
  private func checkReported(_ lost: Set<UInt64>, _ store: LogStore) throws {
    var reported = store.status().gaps.map(\.positions)
    guard let report = try verified() else { return }
    reported += report.gaps + report.badFrames.compactMap(\.positions)
    for position in lost.sorted() {
      try require(
        reported.contains { $0.contains(position) },
        "position \(position) is lost, and neither status nor verify say so")
    }
  }

  // MARK: Some of it

  /// What a range of positions, a model or a kind chooses: whatever the ledger knows to be chosen must come, or a gap.
  func readRange() throws {
    guard let store, ledger.highestPosition > 0 else { return }
    machine.with { $0.phase = .read }
    var query = ReadQuery()
    let durable = store.durablePosition
    query.fromPosition = UInt64(random.number(in: 1...Int(durable) + 1))
    if random.chance(percent: 50) { query.toPosition = query.fromPosition + UInt64(random.number(in: 1...20)) }
    if random.chance(percent: 50), let any = ledger.numbers.values.min() {
      query.model = ledger.sent[any].block.stream.model
    }
    if random.chance(percent: 30) { query.kinds = [random.pick([.loss, .prediction, .actual])] }
    let items: [StoredItem]
    do throws(StorageError) { items = try Self.items(of: try store.read(query)) } catch {
      try dieIfDead()
      if error.code == .unknownModel, isDamaged { return }
      throw SimulationFailure("\(query) cannot be read: \(error)")
    }
    try RangeReading.check(
      items, query, compactedPosition: store.status().compactedPosition, durablePosition: durable,
      mayHaveGaps: isDamaged, ledger)
  }

  static func items(of cursor: LogCursor) throws(StorageError) -> [StoredItem] {
    var cursor = cursor
    var items: [StoredItem] = []
    while let item = try cursor.next() { items.append(item) }
    return items
  }

  // MARK: Other processes

  /// Another process opens the log for reading, beside the one that writes or after it died.
  func readBeside() throws {
    let beside = machine.start()
    machine.with { state in
      state.phase = .readBeside
      state.readers.insert(beside.process)
    }
    defer { machine.end(beside) }
    let watermark = currentWatermark()
    let faults = faultCount()
    let snapshot: Snapshot
    do throws(StorageError) { snapshot = try Snapshot(of: try open(beside, .readOnly)) } catch {
      if try diedBeside(beside) { return }
      if error.code == .corrupt, isDamaged { return }
      if faultCount() > faults { return }
      throw SimulationFailure("the log cannot be read by another process: \(error)")
    }
    if try diedBeside(beside) { return }
    try checkKept(
      snapshot.durablePosition, faultCount() > faults ? min(watermark, currentWatermark()) : watermark)
    try check(snapshot)
    let violation = machine.with { $0.violation }
    try require(violation == nil, "a process that opened the log for reading changed the disk: \(violation ?? "")")
  }

  /// Reads every byte and expects no complaint about a medium that was not damaged.
  func verify() throws {
    guard store != nil, let report = try verified(), !isDamaged else { return }
    try require(report.badFrames.isEmpty, "verify finds damage where there is none: \(report.badFrames[0])")
    try require(report.gaps.isEmpty, "verify finds gaps where there are none: \(report.gaps)")
  }

  /// nil: the process that verified was killed.
  private func verified() throws -> VerifyReport? {
    let beside = machine.start()
    machine.with { state in
      state.phase = .verify
      state.readers.insert(beside.process)
    }
    defer { machine.end(beside) }
    let faults = faultCount()
    do throws(StorageError) { return try LogVerifier.verify(directory: Self.path, disk: beside) } catch {
      if try diedBeside(beside) { return nil }
      if faultCount() > faults || error.code == .corrupt && isDamaged { return nil }
      throw SimulationFailure("the log cannot be verified: \(error)")
    }
  }

  /// Whether the process beside is dead. Throws if the one that writes is dead as well.
  private func diedBeside(_ beside: SimulatedDisk) throws -> Bool {
    if machine.isAlive(beside) { return false }
    try dieIfDead()
    counts.crashes += 1
    planCrash()
    return true
  }
}

extension SimulationRun.Snapshot {
  /// Everything that is durable now.
  init(of store: LogStore) throws(StorageError) {
    compactedPosition = store.status().compactedPosition
    durablePosition = store.durablePosition
    items = try SimulationRun.items(of: try store.read(ReadQuery()))
  }
}
