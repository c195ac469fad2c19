internal import HindcastStorage
internal import Synchronization

/// The real disk; counts what is read.
final class CountingDisk: Disk {
  private let real = PosixDisk()
  private let counted = Mutex((calls: 0, bytes: 0))

  var reads: (calls: Int, bytes: Int) { counted.withLock { $0 } }

  fileprivate func count(_ bytes: Int) {
    counted.withLock {
      $0.calls += 1
      $0.bytes += bytes
    }
  }

  func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> any DiskFile {
    CountingFile(real: try real.open(path, access), disk: self)
  }
  func list(_ directory: String) throws(DiskError) -> [String] { try real.list(directory) }
  func makeDirectory(_ path: String) throws(DiskError) { try real.makeDirectory(path) }
  func rename(_ from: String, to: String) throws(DiskError) { try real.rename(from, to: to) }
  func remove(_ path: String) throws(DiskError) { try real.remove(path) }
  func syncDirectory(_ path: String) throws(DiskError) { try real.syncDirectory(path) }
  func status(_ path: String) throws(DiskError) -> DiskStatus? { try real.status(path) }
  func freeBytes(_ path: String) throws(DiskError) -> UInt64 { try real.freeBytes(path) }
  func lock(_ path: String) throws(DiskError) -> any DiskLock { try real.lock(path) }
}

private final class CountingFile: DiskFile {
  private let real: any DiskFile
  private let disk: CountingDisk

  init(real: any DiskFile, disk: CountingDisk) {
    self.real = real
    self.disk = disk
  }

  var path: String { real.path }
  func byteCount() throws(DiskError) -> UInt64 { try real.byteCount() }
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
    let count = try real.read(into: buffer, at: offset)
    disk.count(count)
    return count
  }
  func write(_ pieces: [UnsafeRawBufferPointer], at offset: UInt64) throws(DiskError) {
    try real.write(pieces, at: offset)
  }
  func sync() throws(DiskError) { try real.sync() }
  func reload() throws(DiskError) { try real.reload() }
  func truncate(to byteCount: UInt64) throws(DiskError) { try real.truncate(to: byteCount) }
}
