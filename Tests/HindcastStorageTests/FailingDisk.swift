import HindcastStorage
import Synchronization

/// The real disk until the n-th call that changes something; that call and every later one fails, as for a process that
/// was killed there. A write that fails may have written a part of its bytes. Syncs are counted and not carried out.
final class FailingDisk: Disk {
  struct Plan: Sendable {
    /// Calls that change something before the failure; nil: never.
    var callsLeft: Int?
    /// What the failing call says.
    var cause = DiskError.Cause.other
    /// Bytes that a failing write still writes.
    var tornBytes = 0
    /// false: only this call fails, and the disk is well afterwards.
    var isFinal = true
    /// Only calls of these operations count; empty: all that change something.
    var operations: Set<String> = []
  }

  private let real = PosixDisk()
  private let plan: Mutex<Plan>
  private let changes = Mutex(0)

  init(_ plan: Plan = Plan()) { self.plan = Mutex(plan) }

  /// Calls that changed something so far.
  var changeCount: Int { changes.withLock { $0 } }
  func set(_ plan: Plan) { self.plan.withLock { $0 = plan } }

  /// nil: go on. Otherwise fail, after writing this many bytes.
  fileprivate func fails(_ operation: String, _ path: String) -> (error: DiskError, tornBytes: Int)? {
    changes.withLock { $0 += 1 }
    return plan.withLock { plan in
      guard let left = plan.callsLeft, plan.operations.isEmpty || plan.operations.contains(operation) else {
        return nil
      }
      if left > 0 {
        plan.callsLeft = left - 1
        return nil
      }
      let torn = plan.tornBytes
      plan.tornBytes = 0
      if !plan.isFinal { plan.callsLeft = nil }
      return (DiskError(plan.cause, path: path, operation: operation, reason: "injected"), torn)
    }
  }

  private func change(_ operation: String, _ path: String) throws(DiskError) {
    if let (error, _) = fails(operation, path) { throw error }
  }

  func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> any DiskFile {
    switch access {
    case .create, .replace: try change("create", path)
    case .read, .readWrite: break
    }
    return FailingFile(real: try real.open(path, access), disk: self)
  }
  func list(_ directory: String) throws(DiskError) -> [String] { try real.list(directory) }
  func makeDirectory(_ path: String) throws(DiskError) {
    try change("makeDirectory", path)
    try real.makeDirectory(path)
  }
  func rename(_ from: String, to: String) throws(DiskError) {
    try change("rename", from)
    try real.rename(from, to: to)
  }
  func remove(_ path: String) throws(DiskError) {
    try change("remove", path)
    try real.remove(path)
  }
  func syncDirectory(_ path: String) throws(DiskError) {
    try change("syncDirectory", path)
  }
  func status(_ path: String) throws(DiskError) -> DiskStatus? { try real.status(path) }
  func freeBytes(_ path: String) throws(DiskError) -> UInt64 { try real.freeBytes(path) }
  func lock(_ path: String) throws(DiskError) -> any DiskLock { try real.lock(path) }
}

private final class FailingFile: DiskFile {
  let real: any DiskFile
  let disk: FailingDisk

  init(real: any DiskFile, disk: FailingDisk) {
    self.real = real
    self.disk = disk
  }

  var path: String { real.path }
  func byteCount() throws(DiskError) -> UInt64 { try real.byteCount() }
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
    try real.read(into: buffer, at: offset)
  }
  func write(_ pieces: [UnsafeRawBufferPointer], at offset: UInt64) throws(DiskError) {
    if let (error, tornBytes) = disk.fails("write", path) {
      let all = pieces.flatMap { Array($0) }
      try real.write(Array(all.prefix(tornBytes)), at: offset)
      throw error
    }
    try real.write(pieces, at: offset)
  }
  func sync() throws(DiskError) {
    // Nothing here survives the machine, so waiting for the medium would only cost time.
    if let (error, _) = disk.fails("sync", path) { throw error }
  }
  func reload() throws(DiskError) { try sync() }
  func truncate(to byteCount: UInt64) throws(DiskError) {
    if let (error, _) = disk.fails("truncate", path) { throw error }
    try real.truncate(to: byteCount)
  }
}
