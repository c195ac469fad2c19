internal import HindcastStorage

/// What happens to the process, the machine and its disk.
extension SimulationRun {
  /// Runs until the process dies, if it does, and then clears up after it.
  func surviving(_ body: () throws -> Void) throws {
    do { try body() } catch is ProcessDied {
      abandonStore()
      counts.crashes += 1
      let isStillOn = machine.with { !$0.processes.isEmpty }
      if isStillOn, let process { machine.end(process) }
      process = nil
      planCrash()
      try lookBesideSometimes()
    }
  }

  // MARK: Ends of processes

  /// An end from outside, between two disk calls.
  func endProcess(isPowerLoss: Bool) {
    machine.add(to: isPowerLoss ? "the power fails" : "the process is killed")
    abandonStore()
    if isPowerLoss { machine.losePower() } else if let process { machine.end(process) }
    process = nil
    counts.crashes += 1
    planCrash()
  }

  /// Lets go of the store; its journal's thread has ended when this returns.
  func abandonStore() {
    machine.gate.open()
    if let process, machine.isAlive(process) { machine.end(process) }
    store = nil
    needsRestart = false
  }

  func restart() throws {
    if random.chance(percent: 50) { try close() } else { endProcess(isPowerLoss: random.chance(percent: 50)) }
  }

  func storeWasClosed() {
    store = nil
    if let process { machine.end(process) }
    process = nil
    needsRestart = false
  }

  func planCrash() {
    guard isDrawn else { return planCrashOfRecovery() }
    crashesInARow += 1
    // A log that has grown needs more calls to be opened and read than lie between two crashes: let it get there at last.
    let isSoon = random.chance(percent: setup.crashesInRecoveryPercent) && crashesInARow < 5
    var plan = MachineState.CrashPlan(
      callsLeft: isSoon
        ? random.number(in: 1...40) : random.number(in: 1...2 * setup.callsBetweenCrashes * crashesInARow),
      isPowerLoss: random.chance(percent: 60))
    // Most calls read. Where something is changed or made durable there is more to go wrong.
    if random.chance(percent: 70) {
      plan.countsChanges = true
      plan.callsLeft = (plan.callsLeft + 3) / 4
    }
    machine.with { [plan] in $0.crashPlan = plan }
  }

  private func planCrashOfRecovery() {
    guard counts.crashes > 0, crashesOfRecoveryLeft > 0, random.chance(percent: 40) else { return }
    crashesOfRecoveryLeft -= 1
    let plan = MachineState.CrashPlan(
      callsLeft: random.number(in: 1...30), isPowerLoss: random.chance(percent: 60))
    machine.with { $0.crashPlan = plan }
  }

  /// Another process may look at what a crash left before anyone has recovered it.
  func lookBesideSometimes() throws {
    guard ledger.highestPosition > 0, random.chance(percent: 15) else { return }
    try readBeside()
  }

  func dieIfDead() throws(ProcessDied) {
    if let process, !machine.isAlive(process) { throw ProcessDied() }
  }

  // MARK: Faults

  func armFaults() {
    let kinds: [FaultKind] =
      switch setup.trouble {
      case .none: []
      case .space: [.syncError]
      case .errors: [.writeError, .syncError, .directoryError, .shortWrite]
      case .damage: [.lostWrite, .lostWrite, .misdirectedWrite, .misdirectedWrite, .bitFlip, .readError]
      }
    guard !kinds.isEmpty, random.chance(percent: setup.trouble == .space ? 8 : 30) else { return }
    let (kind, later) = (random.pick(kinds), random.number(in: 0...random.pick([5, 40])))
    // The manifest and the archive are written to rarely, and have the more to lose.
    let file = kind == .bitFlip ? nil : random.pick([nil, nil, FileKind.manifest, FileKind.temporary])
    machine.with { $0.armedFaults = [ArmedFault(kind: kind, notBefore: $0.callCount + later, file: file)] }
  }

  func faultCount() -> Int { machine.with { $0.firedFaults.values.reduce(0, +) } }

  // MARK: Space

  /// Somebody makes room; or another program fills the disk to the last byte, and the machine goes down.
  func changeSpace() {
    if random.chance(percent: 50), hasRoomToOpen {
      machine.with { $0.capacity = $0.usedBytes }
      endProcess(isPowerLoss: random.chance(percent: 50))
    } else {
      let more = random.number(in: 1_000...8_000)
      machine.with { $0.capacity! += more }
    }
  }

  /// A reserve lies ready that is large enough for the bytes of a torn group, a footer and an edit.
  var hasRoomToOpen: Bool {
    guard setup.options.reserveBytes >= SimulationSetup.reserveNeeded, setup.options.groupBytesMax <= 2_000 else {
      return false
    }
    return machine.with { state in
      state.file("\(Self.path)/RESERVE").map { state.files[$0]!.live.count } ?? 0 >= SimulationSetup.reserveNeeded
    }
  }
}
