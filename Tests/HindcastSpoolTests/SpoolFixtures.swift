import GRPCCore
import HindcastFormat
@testable import HindcastSimulation
@testable import HindcastStorage
import HindcastWire
import Synchronization

@testable import Hindcast

/// The server's rules for producers, and what it has stored.
struct ModelServer {
  private var producers = ProducerTable()
  private var position: UInt64 = 0
  /// By payload hash.
  private(set) var stored: [UInt64: Int] = [:]
  private(set) var reports: [StreamKey] = []
  /// Blocks it never takes, by payload hash.
  var refused: Set<UInt64> = []

  mutating func answer(_ request: HindcastWire.AppendRequest) -> AppendResponse {
    if refused.contains(Checksum.xxh3(request.block)) {
      return AppendResponse(sequence: request.sequence, error: Refusal(.invalidArgument, "it smells"))
    }
    switch producers.judge(request.producer, epoch: request.epoch, sequence: request.sequence) {
    case .duplicate(let position):
      return AppendResponse(sequence: request.sequence, position: position, isDuplicate: true)
    case .sequenceGap(let expected):
      return AppendResponse(
        sequence: request.sequence,
        error: Refusal(.failedPrecondition, "gap", isRetryable: true, expectedSequence: expected))
    case .staleEpoch:
      return AppendResponse(sequence: request.sequence, error: Refusal(.failedPrecondition, "stale epoch"))
    case .append:
      position += 1
      producers.record(request.producer, epoch: request.epoch, sequence: request.sequence, position: position)
      stored[Checksum.xxh3(request.block), default: 0] += 1
      if let stream = request.block.withUnsafeBytes({ try? BlockHead.stream(of: $0) }), stream.kind == .loss {
        reports.append(stream)
      }
      return AppendResponse(sequence: request.sequence, position: position)
    }
  }
}

enum SpoolBlocks {
  /// A block of `rows` rows that no other number has.
  static func block(_ number: Int, rows: Int = 1) -> EncodedBlock {
    var builder = BlockBuilder(
      stream: StreamKey(kind: .prediction, model: "m", version: "1", environment: .production))
    let columns = try! (
      builder.column(ColumnSchema("id", role: .id, type: .string)),
      builder.column(ColumnSchema("time", role: .time, type: .timestamp))
    )
    for row in 0..<rows {
      builder.append("block \(number) row \(row)", to: columns.0)
      builder.append(Int64(1_000 + number), to: columns.1)
      builder.endRow()
    }
    return try! BlockEncoder(effort: .ingest).encode(builder.take())
  }
}

/// The simulated machine's disk behind the spool's seam.
struct SimulatedSpoolDisk: SpoolDisk {
  let disk: SimulatedDisk

  func makeDirectory(_ path: String) throws(SpoolError) {
    try wrap { () throws(DiskError) in
      try disk.makeDirectory(path)
      try disk.syncDirectory(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "")
    }
  }
  func list(_ directory: String) throws(SpoolError) -> [String] {
    try wrap { () throws(DiskError) in try disk.list(directory) }
  }
  func create(_ path: String) throws(SpoolError) -> any SpoolFile {
    SimulatedSpoolFile(file: try wrap { () throws(DiskError) in try disk.open(path, .create) })
  }
  func open(_ path: String) throws(SpoolError) -> any SpoolFile {
    SimulatedSpoolFile(file: try wrap { () throws(DiskError) in try disk.open(path, .read) })
  }
  func byteCount(_ path: String) throws(SpoolError) -> Int {
    Int(try wrap { () throws(DiskError) in try disk.status(path) }?.byteCount ?? 0)
  }
  func remove(_ path: String) throws(SpoolError) { try wrap { () throws(DiskError) in try disk.remove(path) } }
  /// The machine has no such call: empty directories stay.
  func removeDirectory(_ path: String) throws(SpoolError) {}
  func syncDirectory(_ path: String) throws(SpoolError) {
    try wrap { () throws(DiskError) in try disk.syncDirectory(path) }
  }
  func lock(_ path: String, creates: Bool) throws(SpoolError) -> (any SpoolLock)? {
    let isThere = try wrap { () throws(DiskError) in try disk.status(path) } != nil
    if !isThere, !creates { return nil }
    do throws(DiskError) { return SimulatedSpoolLock(lock: try disk.lock(path)) } catch {
      if case .locked = error.cause { return nil }
      throw SpoolError(error)
    }
  }
}

private final class SimulatedSpoolLock: SpoolLock {
  private let lock: any DiskLock
  init(lock: any DiskLock) { self.lock = lock }
}

private final class SimulatedSpoolFile: SpoolFile {
  private let file: any DiskFile
  init(file: any DiskFile) { self.file = file }

  func byteCount() throws(SpoolError) -> Int { Int(try wrap { () throws(DiskError) in try file.byteCount() }) }
  func read(at offset: Int, count: Int) throws(SpoolError) -> [UInt8] {
    try wrap { () throws(DiskError) in try file.read(at: UInt64(offset), count: count) }
  }
  func write(_ bytes: [UInt8], at offset: Int) throws(SpoolError) {
    try wrap { () throws(DiskError) in try file.write(bytes, at: UInt64(offset)) }
  }
  func sync() throws(SpoolError) { try wrap { () throws(DiskError) in try file.sync() } }
}

private func wrap<Value>(_ body: () throws(DiskError) -> Value) throws(SpoolError) -> Value {
  do throws(DiskError) { return try body() } catch { throw SpoolError(error) }
}

extension SpoolError {
  init(_ error: DiskError) {
    self.init(
      path: error.path, operation: error.operation, reason: error.reason, isAbsence: error.cause == .notFound)
  }
}

/// Files in memory, for tests that change them by hand.
final class MemorySpoolDisk: SpoolDisk {
  private let state = Mutex<[String: [UInt8]]>([:])

  var files: [String: [UInt8]] {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }

  init(_ files: [String: [UInt8]] = [:]) { state.withLock { $0 = files } }

  private static func absent(_ path: String) -> SpoolError {
    SpoolError(path: path, operation: "open", reason: "it is not there", isAbsence: true)
  }

  func makeDirectory(_ path: String) {}
  func removeDirectory(_ path: String) {}
  func syncDirectory(_ path: String) {}
  func list(_ directory: String) -> [String] {
    let prefix = directory + "/"
    return Set(
      files.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count).prefix { $0 != "/" }) }
    ).sorted()
  }
  func create(_ path: String) -> any SpoolFile {
    state.withLock { $0[path] = [] }
    return File(path: path, disk: self)
  }
  func open(_ path: String) throws(SpoolError) -> any SpoolFile {
    if files[path] == nil { throw Self.absent(path) }
    return File(path: path, disk: self)
  }
  func byteCount(_ path: String) -> Int { files[path]?.count ?? 0 }
  func remove(_ path: String) throws(SpoolError) {
    if state.withLock({ $0.removeValue(forKey: path) }) == nil { throw Self.absent(path) }
  }
  func lock(_ path: String, creates: Bool) -> (any SpoolLock)? {
    if creates { state.withLock { $0[path] = $0[path] ?? [] } }
    return files[path] == nil ? nil : Lock()
  }

  private final class Lock: SpoolLock {}

  private final class File: SpoolFile {
    let path: String
    let disk: MemorySpoolDisk
    init(path: String, disk: MemorySpoolDisk) {
      self.path = path
      self.disk = disk
    }
    func byteCount() -> Int { disk.files[path]?.count ?? 0 }
    func read(at offset: Int, count: Int) -> [UInt8] { Array((disk.files[path] ?? []).dropFirst(offset).prefix(count)) }
    func write(_ bytes: [UInt8], at offset: Int) {
      disk.state.withLock { files in
        var all = files[path] ?? []
        if all.count < offset + bytes.count { all += Array(repeating: 0, count: offset + bytes.count - all.count) }
        all.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        files[path] = all
      }
    }
    func sync() {}
  }
}

/// A client's outbox and spool without threads, clock and network: whoever has it does every step.
final class SpoolClient {
  let budget: MemoryBudget
  let outbox: Outbox
  let worker: SpoolWorker
  let losses = Losses()
  let warnings = Losses.Lines()

  final class Losses: Sendable {
    final class Lines: Sendable {
      private let recorded = Mutex<[String]>([])
      var all: [String] { recorded.withLock { $0 } }
      func add(_ line: String) { recorded.withLock { $0.append(line) } }
    }
    private let recorded = Mutex<[LostRows]>([])
    var all: [LostRows] { recorded.withLock { $0 } }
    func add(_ losses: [LostRows]) { recorded.withLock { $0 += losses } }
  }

  init(
    _ disk: any SpoolDisk, directory: String = "spool", bytesMax: Int = 1 << 20, fileBytes: Int = 2_000,
    memoryBytes: Int = 6_000, windowBytes: Int = 1_500, producer: UInt64 = .random(in: 1...UInt64.max)
  ) {
    budget = MemoryBudget(limit: memoryBytes)
    var state = OutboxState(
      producer: ProducerID(low: producer, high: 1), epoch: 100, blocksInFlightMax: 8, bytesInFlightMax: 4_000)
    state.spool = SpoolRoom(bytesMax: bytesMax, windowBytes: windowBytes)
    _ = state.openSpool(producer: ProducerID(low: producer, high: 2), epoch: 100)
    let (losses, warnings) = (losses, warnings)
    outbox = Outbox(state, budget: budget) { losses.add($0) }
    worker = SpoolWorker(directory: directory, fileBytes: fileBytes, disk, outbox) { warnings.add($0) }
  }

  var state: OutboxState { outbox.shared.withLock { $0.state } }
  var isEmpty: Bool { state.queues.allSatisfy(\.isEmpty) }

  /// Sends all that may be sent, to a server that answers at once.
  func exchange(with server: inout ModelServer) {
    let stream = outbox.beginStream()
    while case (.send, let request?) = outbox.nextStep(stream: stream) {
      if case .endStream? = outbox.take(server.answer(request), stream: stream) { return }
    }
  }

  /// Until everything is at the server.
  func drain(into server: inout ModelServer, now: inout UInt64) -> Bool {
    var emptyRounds = 0
    for _ in 0..<10_000 where emptyRounds < 4 {
      // Others' spools are looked for in every other round.
      now += SpoolLimits.scanNanoseconds / 2
      _ = worker.step(now: now)
      exchange(with: &server)
      // Those that were taken over are to be let go of, too.
      emptyRounds = isEmpty && outbox.spoolViews.allSatisfy(\.isOpen) ? emptyRounds + 1 : 0
    }
    return isEmpty
  }
}
