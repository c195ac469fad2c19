internal import HindcastStorage

/// A process's disk with a defect of the store put in front of it: calls that are not made, or files that read as a store
/// with that defect would understand them.
struct DefectiveDisk: Disk {
  private let real: SimulatedDisk
  private let defect: Defect

  init(_ real: SimulatedDisk, _ defect: Defect) {
    self.real = real
    self.defect = defect
  }

  func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> any DiskFile {
    let file = try real.open(path, access)
    switch defect {
    case .missingDirectorySync: return file
    case .missingSync: return FileKind(path) == .segment ? UnsyncedFile(file) : file
    case .ignoredWatermark, .trustedIndex, .lostProducers:
      guard let id = Watermark.fileID(of: path), access == .read || access == .readWrite else { return file }
      return RewrittenFile(file, id: id, defect)
    }
  }

  func syncDirectory(_ path: String) throws(DiskError) {
    if defect != .missingDirectorySync { try real.syncDirectory(path) }
  }

  func list(_ directory: String) throws(DiskError) -> [String] { try real.list(directory) }
  func makeDirectory(_ path: String) throws(DiskError) { try real.makeDirectory(path) }
  func rename(_ from: String, to: String) throws(DiskError) { try real.rename(from, to: to) }
  func remove(_ path: String) throws(DiskError) { try real.remove(path) }
  func status(_ path: String) throws(DiskError) -> DiskStatus? { try real.status(path) }
  func freeBytes(_ path: String) throws(DiskError) -> UInt64 { try real.freeBytes(path) }
  func lock(_ path: String) throws(DiskError) -> any DiskLock { try real.lock(path) }
}

/// Says that it synced.
private final class UnsyncedFile: DiskFile {
  private let real: any DiskFile
  init(_ real: any DiskFile) { self.real = real }

  var path: String { real.path }
  func byteCount() throws(DiskError) -> UInt64 { try real.byteCount() }
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
    try real.read(into: buffer, at: offset)
  }
  func write(_ pieces: [UnsafeRawBufferPointer], at offset: UInt64) throws(DiskError) {
    try real.write(pieces, at: offset)
  }
  func sync() {}
  func reload() {}
  func truncate(to byteCount: UInt64) throws(DiskError) { try real.truncate(to: byteCount) }
}

/// Reads as its bytes would if they had been rewritten; writes go where they should.
private final class RewrittenFile: DiskFile {
  private let real: any DiskFile
  private let id: UInt64
  private let defect: Defect

  init(_ real: any DiskFile, id: UInt64, _ defect: Defect) {
    (self.real, self.id, self.defect) = (real, id, defect)
  }

  var path: String { real.path }
  func byteCount() throws(DiskError) -> UInt64 { UInt64(try rewritten().count) }
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
    let bytes = try rewritten()
    let start = min(Int(clamping: offset), bytes.count)
    let end = start + min(buffer.count, bytes.count - start)
    buffer.copyBytes(from: bytes[start..<end])
    return end - start
  }
  func write(_ pieces: [UnsafeRawBufferPointer], at offset: UInt64) throws(DiskError) {
    try real.write(pieces, at: offset)
  }
  func sync() throws(DiskError) { try real.sync() }
  func reload() throws(DiskError) { try real.reload() }
  func truncate(to byteCount: UInt64) throws(DiskError) { try real.truncate(to: byteCount) }

  private func rewritten() throws(DiskError) -> [UInt8] {
    let bytes = try real.read(at: 0, count: Int(try real.byteCount()))
    return switch defect {
    case .ignoredWatermark: FrameRewriting.withoutDurablePositions(bytes, id: id)
    case .lostProducers: FrameRewriting.withoutProducers(bytes, id: id)
    case .trustedIndex: FileKind(path) == .segment ? FrameRewriting.withIndex(bytes, id: id) : bytes
    case .missingSync, .missingDirectorySync: bytes
    }
  }
}
