internal import HindcastFormat
internal import HindcastStorage

/// One life of a log on a simulated machine: producers send, segments roll, compaction runs, and again and again the process
/// is killed or the power fails; then the log is opened again and held to what producers were told. All of it follows from
/// the seed and the crash that it is to begin with.
///
/// Runs on the calling thread, which blocks. Steps wait until the store has answered, so that the journal's thread makes its
/// disk calls at the same places in every run; see `Gate`.
final class SimulationRun {
  /// The process died: nothing more can be done with the store.
  struct ProcessDied: Error {}

  /// What is to go wrong.
  enum Plan {
    /// Crashes and faults as the seed draws them.
    case drawn
    case nothing
    /// A crash at the n-th disk call.
    case crash(call: Int, isPowerLoss: Bool)
    /// A fault at the n-th disk call, and a power loss soon after.
    case fault(FaultKind, call: Int)
  }

  static let path = "/disk/log"

  let machine: SimulatedMachine
  let setup: SimulationSetup
  let defect: Defect?
  var random: SimulationRandom
  var ledger = Ledger()
  var producers: [Producer]
  var counts = SimulationCounts()
  /// Rows of the blocks that have columns, by the block's number.
  var rowNumbers: [Int: [Int]] = [:]

  /// By name.
  var cursorBeliefs: [String: CursorBelief] = [:]

  var process: SimulatedDisk?
  var store: LogStore?
  var faultsBeforeOpening = 0
  /// The store said that it no longer writes, or that only a restart compacts again.
  var needsRestart = false
  /// Whether crashes and faults come as the seed draws them.
  private var isDrawn: Bool
  /// Of a planned crash: how often the recovery behind it may be cut short, too.
  private var crashesOfRecoveryLeft = 0
  /// Since the last step that was completed.
  private var crashesInARow = 0

  init(
    seed: UInt64, variant: Int = 0, isShort: Bool, _ plan: Plan = .drawn, defect: Defect? = nil,
    keepsTrace: Bool = false
  ) {
    var draws = SimulationRandom(seed: seed, purpose: "setup")
    var setup = SimulationSetup(&draws, isShort: isShort)
    self.defect = defect
    machine = SimulatedMachine(seed: seed &+ UInt64(variant) << 32, keepsTrace: keepsTrace)
    let gate = machine.gate
    setup.options.whenIdle = { gate.noteRest() }
    self.setup = setup
    random = SimulationRandom(seed: seed, purpose: "driver")
    producers = (0..<setup.producerCount).map { Producer(number: $0) }
    isDrawn = if case .drawn = plan { true } else { false }
    switch plan {
    case .drawn, .nothing: break
    case .crash(let call, let isPowerLoss):
      crashesOfRecoveryLeft = 3
      machine.with { $0.crashPlan = MachineState.CrashPlan(callsLeft: call, isPowerLoss: isPowerLoss) }
    case .fault(let kind, let call):
      machine.with { state in
        state.armedFaults = [ArmedFault(kind: kind, notBefore: call)]
        state.crashPlan = MachineState.CrashPlan(callsLeft: call + state.random.number(in: 1...60), isPowerLoss: true)
      }
    }
    if setup.trouble == .space { machine.with { $0.capacity = 40_000 } }
    machine.with { state in
      // The folder that the data directory is made in.
      try? state.tree.add(.directory(state.newNode()), "/disk", "create directory")
      try? state.tree.sync("/", "fsync directory")
    }
  }

  /// Whether bytes that were stored have been damaged, so that gaps are possible.
  var isDamaged: Bool {
    machine.with { state in state.firedFaults.contains { $0.key.isDamage } }
  }

  func run() throws(SimulationFailure) {
    do {
      machine.add(to: "\(setup)")
      var step = 0
      planCrash()
      while step < setup.steps {
        try surviving {
          try openIfNeeded()
          try takeStep()
          step += 1
          crashesInARow = 0
        }
      }
      try finish()
    } catch let failure as SimulationFailure {
      collectCounts()
      throw failure
    } catch {
      throw SimulationFailure("the driver itself failed: \(error)")
    }
    collectCounts()
  }

  /// Runs until the process dies, if it does, and then clears up after it.
  private func surviving(_ body: () throws -> Void) throws {
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

  /// What happens next, apart from crashes.
  private func takeStep() throws {
    if isDrawn { armFaults() }
    switch random.number(below: 100) {
    case ..<50: try appendBurst()
    case ..<72: if setup.compacts { try compact() }
    case ..<79: if setup.retains { try retain() }
    case ..<83: try close()
    case ..<85: endProcess(isPowerLoss: false)
    case ..<88: endProcess(isPowerLoss: true)
    case ..<91: try readBeside()
    case ..<94: try readRange()
    case ..<97: try verify()
    default:
      if setup.trouble == .damage {
        machine.with { $0.flipBits() }
      } else if setup.trouble == .space {
        changeSpace()
      }
      try readEverything()
    }
    if needsRestart { try restart() }
  }

  /// Somebody makes room; or another program fills the disk to the last byte, and the machine goes down.
  private func changeSpace() {
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

  /// Sends what is still unsent, and holds the whole log to the ledger in every way there is.
  private func finish() throws {
    machine.with { state in
      state.crashPlan = nil
      state.armedFaults = []
      state.capacity = nil
    }
    isDrawn = false
    try openIfNeeded()
    try drainOutboxes()
    try readEverything()
    try resendEverything()
    if setup.compacts { try compact() }
    try readEverything()
    try verify()
    try close()
    try openIfNeeded()
    try readBeside()
    try close()
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
  private func abandonStore() {
    machine.gate.open()
    if let process, machine.isAlive(process) { machine.end(process) }
    store = nil
    needsRestart = false
  }

  private func restart() throws {
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
  private func lookBesideSometimes() throws {
    guard ledger.highestPosition > 0, random.chance(percent: 15) else { return }
    do { try readBeside() } catch is ProcessDied {
      planCrash()
    }
  }

  func dieIfDead() throws(ProcessDied) {
    if let process, !machine.isAlive(process) { throw ProcessDied() }
  }

  // MARK: Faults

  private func armFaults() {
    let kinds: [FaultKind] =
      switch setup.trouble {
      case .none, .space: []
      case .errors: [.writeError, .syncError, .directoryError, .shortWrite]
      case .damage: [.lostWrite, .lostWrite, .misdirectedWrite, .misdirectedWrite, .bitFlip, .readError]
      }
    guard !kinds.isEmpty, random.chance(percent: 30) else { return }
    let (kind, later) = (random.pick(kinds), random.number(in: 0...random.pick([5, 40])))
    // The manifest and the archive are written to rarely, and have the more to lose.
    let file = kind == .bitFlip ? nil : random.pick([nil, nil, FileKind.manifest, FileKind.temporary])
    machine.with { $0.armedFaults = [ArmedFault(kind: kind, notBefore: $0.callCount + later, file: file)] }
  }

  /// Of kinds that make calls fail.
  func faultCount() -> Int { machine.with { $0.firedFaults.values.reduce(0, +) } }

  private func collectCounts() {
    counts.acknowledged = ledger.sent.count { $0.wasAcknowledged }
    counts.vanished = ledger.vanishedCount
    machine.with { [counts] state in
      var counts = counts
      counts.calls = state.callCount
      counts.crashPoints = state.crashPoints
      counts.faults = state.firedFaults
      return counts
    }.assign(to: &counts)
  }
}

extension SimulationCounts {
  fileprivate func assign(to other: inout SimulationCounts) { other = self }
}
