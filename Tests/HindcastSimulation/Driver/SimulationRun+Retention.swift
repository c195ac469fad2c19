internal import HindcastFormat
internal import HindcastStorage

extension SimulationRun {
  /// Where a named cursor may stand: more than one position, nil being none, while the outcome of a change is not known.
  typealias CursorBelief = [UInt64?]

  static let cursorNames = ["delta", "evaluator"]

  /// Drops some files, or moves or removes a named cursor, which holds files back.
  func retain() throws {
    guard store != nil else { return }
    machine.with { $0.phase = .retain }
    switch random.number(below: 10) {
    case ..<5: try trim()
    case ..<6: try removeCursor()
    default:
      // Now and then so many edits that the manifest is written anew.
      for _ in 0..<(random.chance(percent: 10) ? random.number(in: 50...150) : 1) { try moveCursor() }
    }
  }

  // MARK: Trimming

  private func trim() throws {
    guard let store else { return }
    var policy = RetentionPolicy()
    if random.chance(percent: 60) { policy.bytesMax = UInt64(random.number(in: 0...12_000)) }
    if random.chance(percent: 40) {
      // The rows' times lie within three days.
      let oldest = SimulatedBlocks.firstTime + Int64(random.number(below: 4 * 86_400)) * 1_000_000
      policy.ageMax = setup.options.now() - oldest
    }
    policy.includesUncompacted = random.chance(percent: 30)
    policy.ignoresCursors = random.chance(percent: 20)
    allowTrimming(policy, store)
    let (faults, trimmedBefore) = (faultCount(), ledger.trimmedRowCount)
    let report: RetentionReport
    do throws(StorageError) { report = try store.trim(policy) } catch {
      try dieIfDead()
      return try settleFailedEdit("trimming", error, faults)
    }
    machine.add(to: "trimmed \(report.rowsDropped) rows of \(report.dropped.map(\.name))")
    try dieIfDead()
    counts.trimmedRows += Int(report.rowsDropped)
    try readEverything()
    let trimmed = ledger.trimmedRowCount - trimmedBefore
    try require(
      isDamaged || trimmed <= report.rowsDropped, "\(trimmed) rows are gone, and retention says \(report.rowsDropped)")
  }

  /// Before the call: a process that dies within it may have done it.
  private func allowTrimming(_ policy: RetentionPolicy, _ store: LogStore) {
    let end = policy.includesUncompacted ? store.durablePosition : store.status().compactedPosition
    for model in SimulatedBlocks.models {
      let cursors = store.cursors.filter { $0.model == nil || $0.model == model }
      let held = policy.ignoresCursors ? nil : cursors.map(\.position).min()
      ledger.allowTrimming(of: model, upTo: min(end, held ?? .max))
    }
  }

  // MARK: Named cursors

  private func moveCursor() throws {
    guard let store, !needsRestart else { return }
    let name = random.pick(Self.cursorNames)
    let known = store.cursors.first { $0.name == name }
    let durable = store.durablePosition
    let isReset = random.chance(percent: 20)
    let least = isReset ? 0 : known?.position ?? 0
    let position = least + UInt64(random.number(below: Int(durable - min(least, durable)) + 1))
    let before = cursorBeliefs[name] ?? [nil]
    cursorBeliefs[name] = before + [position]
    let faults = faultCount()
    do throws(StorageError) {
      try store.setCursor(name, position: position, model: known?.model, resetting: isReset)
      cursorBeliefs[name] = [position]
    } catch {
      try dieIfDead()
      // Damage may have taken the end of the log, and not the cursor.
      if error.code == .invalid, isDamaged { return }
      try settleFailedEdit("moving cursor \(name)", error, faults)
      if error.code == .diskFull { cursorBeliefs[name] = before }
    }
    try dieIfDead()
  }

  private func removeCursor() throws {
    guard let store, !needsRestart else { return }
    let name = random.pick(Self.cursorNames)
    let before = cursorBeliefs[name] ?? [nil]
    cursorBeliefs[name] = before + [nil]
    let faults = faultCount()
    do throws(StorageError) {
      try store.removeCursor(name)
      cursorBeliefs[name] = [nil]
    } catch {
      try dieIfDead()
      if error.code == .unknownCursor {
        try require(before.contains(nil) || isDamaged, "cursor \(name) is not known, and stands at \(before)")
        return
      }
      try settleFailedEdit("removing cursor \(name)", error, faults)
      if error.code == .diskFull { cursorBeliefs[name] = before }
    }
    try dieIfDead()
  }

  /// After opening: each cursor is where it was set last, or where a change whose outcome is not known would have it.
  func checkCursors() throws(SimulationFailure) {
    guard let store else { return }
    for name in Self.cursorNames {
      let found = store.cursors.first { $0.name == name }?.position
      let believed = cursorBeliefs[name] ?? [nil]
      try require(
        isDamaged || believed.contains(found), "cursor \(name) stands at \(found ?? 0), and should at \(believed)")
      cursorBeliefs[name] = [found]
    }
  }

  private func settleFailedEdit(_ what: String, _ error: StorageError, _ faults: Int) throws(SimulationFailure) {
    machine.add(to: "\(what) failed: \(error)")
    let isExpected = faultCount() > faults || needsRestart || setup.trouble == .space
    try require(isExpected, "\(what) failed: \(error)")
    if error.code != .diskFull { needsRestart = true }
  }
}
