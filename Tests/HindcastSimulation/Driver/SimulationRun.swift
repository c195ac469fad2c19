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
  var isDrawn: Bool
  /// Of a planned crash: how often the recovery behind it may be cut short, too.
  var crashesOfRecoveryLeft = 0
  /// Since the last step that was completed.
  var crashesInARow = 0

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

  private func collectCounts() {
    counts.acknowledged = ledger.sent.count { $0.wasAcknowledged }
    counts.vanished = ledger.vanishedCount
    (counts.calls, counts.crashPoints, counts.faults) = machine.with { ($0.callCount, $0.crashPoints, $0.firedFaults) }
  }
}
