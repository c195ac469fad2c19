internal import HindcastFormat
internal import HindcastStorage

extension SimulationRun {
  /// Opens the log, as often as it takes, and holds what it then says to the ledger.
  func openIfNeeded() throws {
    if store != nil { return }
    for _ in 0..<Self.attemptsMax {
      if try open() {
        try checkCursors()
        try readEverything(afterOpening: true)
        return
      }
    }
    throw SimulationFailure("the log could not be opened in \(Self.attemptsMax) attempts")
  }

  private static let attemptsMax = 20

  /// false: it failed for a reason that may be gone at the next attempt.
  private func open() throws -> Bool {
    let hasRoom = hasRoomToOpen || machine.with { $0.freeBytes >= 2 * SimulationSetup.reserveNeeded }
    let process = machine.start()
    self.process = process
    machine.with { [hasBlocks = ledger.highestPosition > 0] in $0.phase = hasBlocks ? .recover : .create }
    let faults = faultCount()
    faultsBeforeOpening = faults
    let watermark = currentWatermark()
    let rests = machine.gate.rests
    do throws(StorageError) {
      store = try open(process, .exclusive)
      machine.gate.waitForRest(after: rests)
    } catch {
      try dieIfDead()
      machine.add(to: "opening failed: \(error)")
      machine.end(process)
      self.process = nil
      if error.code == .corrupt, isDamaged {
        machine.with { $0.restore("\(Self.path)/MANIFEST") }
        return false
      }
      if error.code == .diskFull, setup.trouble == .space, !hasRoom {
        machine.with { $0.capacity! += 2_000 }
        return false
      }
      try require(faultCount() > faults, "the log does not open: \(error)")
      return false
    }
    try dieIfDead()
    let durable = store!.durablePosition
    try checkKept(durable, faultCount() > faults ? min(watermark, currentWatermark()) : watermark)
    ledger.goOn(behind: durable)
    machine.add(to: "opened, durable up to \(durable)")
    return true
  }

  /// What the medium vouches for now. Damage that happens while a log is opened may take that, too.
  func currentWatermark() -> UInt64 { isDamaged ? machine.with { Watermark.highestDurablePosition(of: $0) } : 0 }

  func open(_ process: SimulatedDisk, _ mode: LogStore.Mode) throws(StorageError) -> LogStore {
    if let defect {
      try LogStore.open(
        directory: Self.path, mode: mode, options: setup.options, disk: DefectiveDisk(process, defect))
    } else {
      try LogStore.open(directory: Self.path, mode: mode, options: setup.options, disk: process)
    }
  }

  /// What is known to stand in the log and is beyond its end has been lost without a word. A medium that was damaged may
  /// have taken every trace of it, but only above the watermark.
  func checkKept(_ durable: UInt64, _ watermark: UInt64) throws(SimulationFailure) {
    for position in ledger.positions(beyond: durable) {
      let number = ledger.numbers[position]!
      try require(
        isDamaged && position > watermark,
        "position \(position), block \(number) (\(ledger.keyText(number))), "
          + (ledger.sent[number].wasAcknowledged ? "which was acknowledged" : "which was read before")
          + ", is gone: the log ends at \(durable)" + (isDamaged ? ", the medium vouches for \(watermark)" : ""))
    }
  }

  func close() throws {
    guard let store else { return }
    machine.with { $0.phase = .close }
    let done = Monitor<Result<Void, StorageError>?>(nil)
    Task {
      let result: Result<Void, StorageError>
      do throws(StorageError) { result = .success(try await store.close()) } catch { result = .failure(error) }
      done.signal { $0 = result }
    }
    let result = done.wait { $0 }
    try dieIfDead()
    if case .failure(let error) = result {
      try require(faultCount() > faultsBeforeOpening, "closing the log failed: \(error)")
    }
    machine.add(to: "closed")
    storeWasClosed()
  }
}
