import Dispatch
import HindcastStorage
import Synchronization
import Testing

/// The real disk, on which something happens once, just before the journal's files are listed.
private final class MeddlingDisk: Disk {
  private let real = PosixDisk()
  private let meddle: Mutex<(@Sendable () -> Void)?>

  init(_ meddle: @escaping @Sendable () -> Void) { self.meddle = Mutex(meddle) }

  func list(_ directory: String) throws(DiskError) -> [String] {
    if directory.hasSuffix("/journal") { meddle.withLock { $0.take() }?() }
    return try real.list(directory)
  }
  func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> any DiskFile { try real.open(path, access) }
  func makeDirectory(_ path: String) throws(DiskError) { try real.makeDirectory(path) }
  func rename(_ from: String, to: String) throws(DiskError) { try real.rename(from, to: to) }
  func remove(_ path: String) throws(DiskError) { try real.remove(path) }
  func syncDirectory(_ path: String) throws(DiskError) { try real.syncDirectory(path) }
  func status(_ path: String) throws(DiskError) -> DiskStatus? { try real.status(path) }
  func freeBytes(_ path: String) throws(DiskError) -> UInt64 { try real.freeBytes(path) }
  func lock(_ path: String) throws(DiskError) -> any DiskLock { try real.lock(path) }
}

@Suite struct VerifyBesideWriterTests {
  /// With many blocks behind it the segment that follows is sealed, with one it is not.
  @Test(
    "a compaction that ends between reading the manifest and listing the segments is no damage", arguments: [1, 40])
  func compactedMeanwhile(blocksBehind: Int) async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    for start in stride(from: 0, to: 100, by: 10) { _ = try await store.append(try actuals(start..<start + 10)) }
    let behind = try (0..<blocksBehind).map { try actuals(100 + $0 * 10..<110 + $0 * 10) }
    let disk = MeddlingDisk {
      _ = try? store.compact()
      // The journal goes on in a segment that begins where the manifest as it was read knows of no end.
      let isStored = DispatchSemaphore(value: 0)
      for block in behind { store.submit(block) { _ in isStored.signal() } }
      for _ in behind { isStored.wait() }
    }
    let report = try LogVerifier.verify(directory: directory.data, disk: disk)
    #expect(report.isGood, "\(report.badFrames)")
    #expect(store.status().compactedPosition == 10 && store.durablePosition == UInt64(10 + blocksBehind))
    #expect(blocksBehind == 1 ? report.segments == 1 : report.segments > 1)
    try await store.close()
  }

  @Test("a segment that is gone is reported, also when the one behind it is not sealed", arguments: [false, true])
  func gone(isLast: Bool) async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    try await store.appendNumbered(1...60)
    let segments = try directory.segments()
    try #require(segments.count >= 3)
    let number = isLast ? segments.count - 2 : 0
    try PosixDisk().remove(segments[number])
    let report = try LogVerifier.verify(directory: directory.data)
    #expect(
      report.badFrames.contains { $0.reason == "no segment holds these positions" && $0.path == segments[number + 1] })
    try await store.close()
  }
}
