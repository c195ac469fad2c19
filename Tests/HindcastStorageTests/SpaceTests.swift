import HindcastFormat
import Synchronization
import Testing

@testable import HindcastStorage

/// Segments prepared ahead, the mark, and the reserve.
@Suite struct SpaceTests {
  private func options(_ preparation: SegmentPreparation = .inline) -> LogStoreOptions {
    var options = smallOptions()
    options.preparation = preparation
    return options
  }

  private func prepared(_ directory: TestDirectory) throws -> DiskStatus? {
    try PosixDisk().status("\(directory.data)/journal/prepared")
  }

  @Test("the next segment is prepared when the present one is half full, and becomes it", arguments: [false, true])
  func prepared(inBackground: Bool) async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, options(inBackground ? .background : .inline))
    try await store.appendNumbered(1...3)
    #expect(try prepared(directory) == nil)
    try await store.appendNumbered(4...40)
    try await store.close()
    if !inBackground { #expect(store.status().counters.segmentsPrepared >= 1) }
    for segment in try directory.segments() {
      #expect(try readFile(segment).count < 4_096 + 2_000, "sealing cuts zeros")
    }
    let again = try openStore(directory, .exclusive, options())
    #expect(again.state.shared.withLock { $0.sealed.allSatisfy(\.hasFooter) })
    #expect(try items(again).blocks.map(\.bytes) == (1...40).map { headOnlyBlock($0).bytes })
  }

  @Test("a prepared segment outlives the process and is used by the next; one of another length is removed")
  func takenOver() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, options())
    try await store.appendNumbered(1...12)
    #expect(try prepared(directory)?.byteCount == 4_096)
    try await store.close()
    let next = try openStore(directory, .exclusive, options())
    try await next.appendNumbered(13...13)
    #expect(next.status().counters.segmentsPrepared == 1)
    #expect(try readFile(try directory.segments().last!).count == 4_096)
    try await next.close()
    try writeFile("\(directory.data)/journal/prepared", [0, 0])
    try writeFile("\(directory.data)/journal/prepared.temporary", [0])
    _ = try openStore(directory, .exclusive, options())
    #expect(try prepared(directory) == nil)
    #expect(try PosixDisk().status("\(directory.data)/journal/prepared.temporary") == nil)
  }

  @Test("cut short at any byte and filled up with zeros, a prepared segment opens with exactly its whole frames")
  func everyTruncationOfAPreparedSegment() async throws {
    let live = TestDirectory()
    let store = try openStore(live, .exclusive, options())
    try await store.appendNumbered(1...12)
    try await store.close()
    let writer = try openStore(live, .exclusive, options())
    try await writer.appendNumbered(13...15)
    let segment = try #require(try live.segments().last)
    let bytes = try readFile(segment)
    var inspection = try FileInspection(path: segment)
    var starts: [Int] = []
    while let frame = try inspection.next() { if frame.header?.type == .block { starts.append(Int(frame.offset)) } }
    let content = try #require(bytes.lastIndex { $0 != 0 }) + 1
    #expect(starts.count == 3 && content < bytes.count)
    for length in 0...content {
      let crashed = TestDirectory()
      try copyTree(live.data, crashed.data)
      let path = segment.replacing(live.data, with: crashed.data)
      try writeFile(path, Array(bytes[..<length]) + Array(repeating: 0, count: bytes.count - length))
      let again = try LogStore.open(
        directory: crashed.data, mode: .exclusive, options: options(.off), disk: FailingDisk())
      // What is cut off may have been zero anyway.
      let whole = starts.count { start in
        let end = bytes[start...].prefix(FrameHeader.frameByteCount(payloadLength: headOnlyBlock(13).bytes.count))
        return bytes[length...].prefix(max(0, end.endIndex - length)).allSatisfy { $0 == 0 }
      }
      #expect(
        try items(again).blocks.map(\.bytes) == (1...15).prefix(12 + whole).map { headOnlyBlock($0).bytes }, "\(length)"
      )
      #expect(again.status().gaps.isEmpty, "\(length)")
      #expect(try await again.append(headOnlyBlock(99)).position == UInt64(13 + whole))
    }
  }

  @Test(
    "while nothing is queued a mark says that the last group is durable, so damage to it is a gap and not a torn tail")
  func mark() async throws {
    var options = smallOptions(segmentBytes: 1 << 20)
    options.marksWhenIdle = true
    let live = TestDirectory()
    let store = try openStore(live, .exclusive, options)
    try await store.appendNumbered(1...3)
    let segment = try live.segments()[0]
    let frames = try await eventually { try blocksAndMark(segment) }
    #expect(frames.mark.durablePosition == 3 && frames.mark.position == 4)
    // The next group is written over it.
    try await store.appendNumbered(4...4)
    let next = try await eventually { try blocksAndMark(segment) }
    #expect(next.blocks.count == 4 && next.mark.durablePosition == 4)
    for damaged in [false, true] {
      let crashed = TestDirectory()
      try copyTree(live.data, crashed.data)
      if damaged {
        let file = try PosixDisk().open(try crashed.segments()[0], .readWrite)
        try file.write([0xff], at: next.blocks[3].offset + 130)
      }
      let again = try openStore(crashed, .exclusive, options)
      #expect(try items(again).blocks.map(\.position) == Array(1...(damaged ? 3 : 4)))
      #expect(again.status().gaps.map(\.positions) == (damaged ? [4...4] : []))
      #expect(again.status().counters.tornTails == 0)
      #expect(again.status().counters.gapsFound == (damaged ? 1 : 0))
      #expect(try await again.append(headOnlyBlock(5)).position == 5)
    }
  }

  private func blocksAndMark(
    _ path: String
  ) throws -> (blocks: [(offset: UInt64, header: FrameHeader)], mark: FrameHeader)? {
    var inspection = try FileInspection(path: path)
    var blocks: [(offset: UInt64, header: FrameHeader)] = []
    while let frame = try inspection.next() {
      guard let header = frame.header else { return nil }
      switch header.type {
      case .block: blocks.append((frame.offset, header))
      case .mark: return (blocks, header)
      default: break
      }
    }
    return nil
  }

  /// The mark is written by another thread, a moment after the answer.
  private func eventually<Value>(_ body: () throws -> Value?) async throws -> Value {
    for _ in 0..<500 {
      if let value = try body() { return value }
      try await Task.sleep(for: .milliseconds(10))
    }
    return try #require(try body())
  }

  @Test("the reserve is made when there is room, given up when the disk is full, and made again")
  func reserve() async throws {
    var options = options()
    options.reserveBytes = 10_000
    let directory = TestDirectory()
    let reserve = "\(directory.data)/RESERVE"
    let disk = FailingDisk()
    let store = try LogStore.open(directory: directory.data, mode: .exclusive, options: options, disk: disk)
    #expect(try PosixDisk().status(reserve)?.byteCount == 10_000)
    try await store.appendNumbered(1...3)
    // Sealing meets a full disk: the reserve makes the room.
    disk.set(.init(callsLeft: 0, cause: .full, isFinal: false, operations: ["write"]))
    store.sealActiveSegment()
    #expect(try PosixDisk().status(reserve) == nil)
    #expect(store.status().failure == nil)
    #expect(store.state.shared.withLock { $0.active == nil && $0.sealed.count == 1 })
    let reader = try openStore(directory, .readOnly)
    #expect(reader.state.shared.withLock { $0.sealed.allSatisfy(\.hasFooter) })
    try await store.appendNumbered(4...4)
    #expect(try PosixDisk().status(reserve)?.byteCount == 10_000)
    try await store.close()
  }

  @Test("without a reserve blocks are taken only where there is room to make one")
  func reserveIsMissing() async throws {
    var options = options()
    options.freeBytesMin = 1_000
    options.reserveBytes = 10_000
    let directory = TestDirectory()
    let disk = NarrowDisk(freeBytes: 5_000)
    let store = try LogStore.open(directory: directory.data, mode: .exclusive, options: options, disk: disk)
    let reserve = "\(directory.data)/RESERVE"
    func append(_ number: Int, freeBytes: UInt64) async -> StorageError.Code? {
      disk.freeBytes.withLock { $0 = freeBytes }
      do throws(StorageError) { _ = try await store.append(headOnlyBlock(number)) } catch { return error.code }
      return nil
    }
    #expect(await append(1, freeBytes: 5_000) == .diskFull)
    #expect(try PosixDisk().status(reserve) == nil && directory.segments().isEmpty)
    #expect(await append(1, freeBytes: 20_000) == nil)
    #expect(try PosixDisk().status(reserve)?.byteCount == 10_000)
    #expect(await append(2, freeBytes: 5_000) == nil)
    #expect(await append(3, freeBytes: 1_000) == .diskFull)
    try await store.close()
  }

  @Test("a segment that is asked for while it is being prepared is prepared once")
  func askedForMeanwhile() async throws {
    let directory = TestDirectory()
    let disk = NarrowDisk(freeBytes: 1 << 40)
    let data = DataDirectory(path: directory.data, disk: disk)
    try data.makeRoot()
    try data.makeFolders()
    let space = try SpaceUpkeep(data, options(.background))
    // Whoever is asked while the file is opened is asked in the midst of it.
    disk.whenOpened = { path in if path.hasSuffix("prepared.temporary") { space.prepareSegment() } }
    space.prepareSegment()
    while try prepared(directory) == nil { try await Task.sleep(for: .milliseconds(1)) }
    // What was asked for and not begun would be begun now.
    try await Task.sleep(for: .milliseconds(50))
    #expect(space.takeSegment())
    #expect(disk.opened.withLock { $0.count { $0.hasSuffix("prepared.temporary") } } == 1)
    try disk.remove(data.preparedPath)
    space.prepareSegment()
    while try prepared(directory) == nil { try await Task.sleep(for: .milliseconds(1)) }
    space.stop()
  }
}

/// The real disk, with as much room as is said.
private final class NarrowDisk: Disk {
  private let real = PosixDisk()
  let freeBytes: Mutex<UInt64>
  let opened = Mutex<[String]>([])
  private let onOpen = Mutex<(@Sendable (String) -> Void)?>(nil)

  init(freeBytes: UInt64) { self.freeBytes = Mutex(freeBytes) }

  var whenOpened: (@Sendable (String) -> Void)? {
    get { onOpen.withLock { $0 } }
    set { onOpen.withLock { $0 = newValue } }
  }

  func freeBytes(_ path: String) throws(DiskError) -> UInt64 { freeBytes.withLock { $0 } }
  func list(_ directory: String) throws(DiskError) -> [String] { try real.list(directory) }
  func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> any DiskFile {
    opened.withLock { $0.append(path) }
    whenOpened?(path)
    return try real.open(path, access)
  }
  func makeDirectory(_ path: String) throws(DiskError) { try real.makeDirectory(path) }
  func rename(_ from: String, to: String) throws(DiskError) { try real.rename(from, to: to) }
  func remove(_ path: String) throws(DiskError) { try real.remove(path) }
  func syncDirectory(_ path: String) throws(DiskError) { try real.syncDirectory(path) }
  func status(_ path: String) throws(DiskError) -> DiskStatus? { try real.status(path) }
  func lock(_ path: String) throws(DiskError) -> any DiskLock { try real.lock(path) }
}
