internal import HindcastFormat
internal import HindcastStorage

/// All that a simulated machine knows: its disk, its processes, what is to go wrong, and what has happened. A value, changed
/// by one call at a time; the draws of its random numbers follow the order of the calls.
struct MachineState {
  /// Where a process dies.
  struct CrashPlan {
    /// Calls to let pass.
    var callsLeft: Int
    /// Only calls that change or sync something count.
    var countsChanges = false
    var isPowerLoss: Bool
  }

  var tree = DirectoryTree()
  var files: [Int: FileContents] = [:]
  var random: SimulationRandom
  /// Bytes the disk has; nil: more than anybody needs.
  var capacity: Int?

  /// Processes that live.
  var processes: Set<Int> = []
  var processCount = 0
  /// Processes that must not change anything, and the first call that would have.
  var readers: Set<Int> = []
  var violation: String?
  /// By path: the process and the lock's number.
  var locks: [String: (process: Int, number: Int)] = [:]
  var lockCount = 0

  var phase = SimulationPhase.create
  var callCount = 0
  /// Of the calls so far, in order.
  var operations: [DiskCall.Operation] = []
  var crashPlan: CrashPlan?
  var armedFaults: [ArmedFault] = []
  var firedFaults: [FaultKind: Int] = [:]
  /// Kinds of files whose bytes on the medium were damaged.
  var damagedFiles: Set<FileKind> = []
  /// Bytes of a file that was removed: what an unwritten sector may hold.
  var residue: [UInt8] = []

  var crashPoints: [CrashPoint: Int] = [:]
  /// Over the calls: two runs with one value made the same calls with the same outcomes.
  var traceHash: UInt64 = 0
  var trace: [String]?

  private var nodeCount = 0

  init(random: SimulationRandom) { self.random = random }

  // MARK: A call

  /// Counts the call, lets the process die or a fault happen if it is time, else carries it out. `part` is what a call does
  /// that is cut short.
  mutating func perform<Value>(
    _ call: DiskCall, by process: Int, part: ((inout MachineState) -> Void)? = nil,
    _ body: (inout MachineState) throws(DiskError) -> Value
  ) throws(DiskError) -> Value {
    guard processes.contains(process) else { throw .simulated(.other, call.path, "\(call.operation), process is dead") }
    callCount += 1
    if readers.contains(process), call.operation.changesDisk { violation = violation ?? call.text }
    operations.append(call.operation)
    if let plan = crashPlan, isCrashDue(at: call) {
      die(plan, call, process, part) { state in _ = try? body(&state) }
      throw .simulated(.other, call.path, "\(call.operation), process died")
    }
    do throws(DiskError) {
      try injectFaults(into: call, part)
      let value = try body(&self)
      note(call)
      return value
    } catch {
      note(call, "\(error.cause)")
      throw error
    }
  }

  private mutating func isCrashDue(at call: DiskCall) -> Bool {
    guard let plan = crashPlan, !plan.countsChanges || call.operation.changesDisk || call.operation.syncsDisk
    else { return false }
    crashPlan!.callsLeft -= 1
    return plan.callsLeft == 0
  }

  private mutating func die(
    _ plan: CrashPlan, _ call: DiskCall, _ process: Int, _ part: ((inout MachineState) -> Void)?,
    _ body: (inout MachineState) -> Void
  ) {
    crashPlan = nil
    let point = CrashPoint(operation: call.operation, file: FileKind(call.path), phase: phase)
    crashPoints[point, default: 0] += 1
    // The call was under way: it may not have begun, have been done in part, or be done with nobody told.
    switch random.number(below: 3) {
    case 0: break
    case 1: if let part { part(&self) } else { body(&self) }
    default: body(&self)
    }
    note(call, plan.isPowerLoss ? "power loss" : "killed")
    if plan.isPowerLoss { losePower() } else { end(process) }
  }

  private mutating func injectFaults(
    into call: DiskCall, _ part: ((inout MachineState) -> Void)?
  ) throws(DiskError) {
    guard
      let index = armedFaults.firstIndex(where: { $0.fits(call, number: callCount) && applies($0.kind, to: call) })
    else { return }
    let kind = armedFaults.remove(at: index).kind
    if kind != .bitFlip { firedFaults[kind, default: 0] += 1 }
    note(call, "fault \(kind)")
    switch kind {
    case .readError, .directoryError: throw .simulated(.medium, call.path, call.operation.rawValue)
    case .writeError, .shortWrite:
      if kind == .shortWrite || random.chance(percent: 50) { part?(&self) }
      throw .simulated(kind == .shortWrite ? .other : .medium, call.path, "write")
    case .syncError:
      if let file = file(call.path) { files[file]!.failSync(&random) }
      // A file system that puts off finding room for bytes says only now that there is none.
      let isFull = random.chance(percent: capacity == nil ? 25 : 75)
      throw .simulated(isFull ? .full : .medium, call.path, "sync")
    case .bitFlip: flipBits()
    case .lostWrite, .misdirectedWrite: misplaceSectors(of: call.path, lost: kind == .lostWrite)
    case .diskFull: break
    }
  }

  /// A lost write needs something to lose.
  private func applies(_ kind: FaultKind, to call: DiskCall) -> Bool {
    guard kind == .lostWrite || kind == .misdirectedWrite else { return true }
    guard let file = file(call.path) else { return false }
    return !files[file]!.unsyncedSectors.isEmpty
  }

  /// nil: the call was carried out.
  private mutating func note(_ call: DiskCall, _ outcome: String? = nil) {
    for word in [
      Checksum.xxh3(call.operation.rawValue), Checksum.xxh3(call.path), Checksum.xxh3(call.target),
      UInt64(call.offset), UInt64(call.byteCount), outcome.map { Checksum.xxh3($0) } ?? 0,
    ] {
      traceHash = (traceHash ^ word) &* 0x9e37_79b9_7f4a_7c15
      traceHash ^= traceHash >> 29
    }
    trace?.append("\(callCount) \(phase.rawValue): \(call.text): \(outcome ?? "done")")
  }

  // MARK: Processes and power

  mutating func startProcess() -> Int {
    processCount += 1
    processes.insert(processCount)
    return processCount
  }

  /// The process is gone; what it wrote is still in memory. What was clean there may leave it.
  mutating func end(_ process: Int) {
    guard processes.remove(process) != nil else { return }
    locks = locks.filter { $0.value.process != process }
    if random.chance(percent: 30) { for id in files.keys.sorted() { files[id]!.dropCleanPages() } }
  }

  mutating func losePower() {
    processes = []
    locks = [:]
    tree.losePower(Survival.draw(&random), &random)
    let survival = Survival.draw(&random)
    let residue = random.chance(percent: 15) && !residue.isEmpty ? residue : nil
    for id in files.keys.sorted() { files[id]!.losePower(survival, residue: residue, &random) }
    let reachable = Set(tree.files.map(\.file))
    files = files.filter { reachable.contains($0.key) }
  }

  // MARK: Damage

  mutating func flipBits() {
    let candidates = tree.files.filter { FileKind($0.path).isEvidence && !files[$0.file]!.durable.isEmpty }
    guard !candidates.isEmpty else { return }
    let (path, file) = random.pick(candidates)
    let offset = random.number(below: files[file]!.durable.count)
    let bit = random.number(below: 8)
    files[file]!.flip(bit: bit, ofByte: offset)
    damagedFiles.insert(FileKind(path))
    firedFaults[.bitFlip, default: 0] += 1
    note(DiskCall(operation: .write, path: path, offset: offset, byteCount: 0), "bit \(bit) flips")
  }

  /// Carries out the sync without some of its sectors, which go nowhere or to the wrong place.
  private mutating func misplaceSectors(of path: String, lost: Bool) {
    guard let id = file(path) else { return }
    let sectors = files[id]!.unsyncedSectors
    let first = random.number(below: sectors.count)
    let chosen = Array(sectors[first..<min(sectors.count, first + random.number(in: 1...3))])
    let strays = chosen.map { files[id]!.liveBytes(ofSector: $0) }
    files[id]!.sync(losing: Set(chosen))
    damagedFiles.insert(FileKind(path))
    let victims = tree.files.filter { FileKind($0.path).isEvidence }
    if lost || victims.isEmpty { return }
    let (victimPath, victim) = random.pick(victims)
    let target = random.number(below: FileContents.sectors(files[victim]!.durable.count) + 1)
    for (index, bytes) in strays.enumerated() { files[victim]!.overwrite(sector: target + index, with: bytes) }
    damagedFiles.insert(FileKind(victimPath))
    note(DiskCall(operation: .write, path: victimPath, offset: target * 512), "misdirected from \(path)")
  }

  mutating func restore(_ path: String) {
    if let file = file(path) { files[file]!.restore() }
  }

  // MARK: Files

  func file(_ path: String) -> Int? {
    guard case .file(let id)? = try? tree.node(path, "look") else { return nil }
    return id
  }

  mutating func newNode() -> Int {
    nodeCount += 1
    return nodeCount
  }

  /// Each file takes whole sectors, and one more for itself.
  var usedBytes: Int {
    tree.files.reduce(0) { $0 + (FileContents.sectors(files[$1.file]!.live.count) + 1) * FileContents.sectorByteCount }
  }

  var freeBytes: Int { capacity.map { max(0, $0 - usedBytes) } ?? 1 << 40 }

  /// Throws if the disk cannot hold so many more sectors.
  mutating func needRoom(sectors: Int, _ path: String, _ operation: String) throws(DiskError) {
    guard capacity != nil, sectors > 0, sectors * FileContents.sectorByteCount > freeBytes else { return }
    firedFaults[.diskFull, default: 0] += 1
    throw .simulated(.full, path, operation)
  }
}

extension FileKind {
  /// Whether the log is read from it.
  var isEvidence: Bool {
    switch self {
    case .manifest, .segment, .archive: true
    case .torn, .lock, .prepared, .reserve, .temporary, .directory: false
    }
  }
}
