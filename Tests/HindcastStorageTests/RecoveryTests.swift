import HindcastFormat
import Synchronization
import Testing

@testable import HindcastStorage

@Suite struct RecoveryTests {
  /// A data directory whose active segment holds `count` frames and was not sealed; the offsets at which frames end.
  private func unsealed(_ count: Int) async throws -> (directory: TestDirectory, segment: String, ends: [Int]) {
    let live = TestDirectory()
    let store = try openStore(live, .exclusive, smallOptions(segmentBytes: 1 << 20))
    try await store.appendNumbered(1...count)
    let crashed = TestDirectory()
    try copyTree(live.data, crashed.data)
    let segment = try crashed.segments()[0]
    var inspection = try FileInspection(path: segment)
    var ends: [Int] = []
    while let frame = try inspection.next() { ends.append(Int(frame.offset) + frame.header!.frameByteCount) }
    return (crashed, segment, ends)
  }

  @Test(
    "cut short at any byte, the active segment opens with exactly its whole frames, the rest saved aside and counted")
  func everyTruncation() async throws {
    let (directory, segment, ends) = try await unsealed(3)
    let bytes = try readFile(segment)
    #expect(bytes.count == ends.last)
    for length in 0...bytes.count {
      let crashed = TestDirectory()
      try copyTree(directory.data, crashed.data)
      try writeFile(segment.replacing(directory.data, with: crashed.data), Array(bytes[..<length]))
      // A frame is whole when its payload is: what pads it to the next frame's place may be missing.
      let whole = ends.dropFirst().count { end in bytes[..<length].count >= payloadEnd(bytes, end) }
      let store = try LogStore.open(
        directory: crashed.data, mode: .exclusive, options: smallOptions(), disk: FailingDisk())
      #expect(
        try items(store).blocks.map(\.bytes) == (1...3).prefix(whole).map { headOnlyBlock($0).bytes }, "\(length)")
      let torn = try PosixDisk().list("\(crashed.data)/torn")
      let tornLength = length < payloadEnd(bytes, ends[0]) ? length : max(0, length - ends[whole])
      #expect(torn.count == (tornLength > 0 ? 1 : 0), "\(length)")
      #expect(store.status().counters.tornTails == UInt64(torn.count))
      #expect(try await store.append(headOnlyBlock(9)).position == UInt64(whole + 1))
      try await store.close()
      let again = try LogStore.open(
        directory: crashed.data, mode: .exclusive, options: smallOptions(), disk: FailingDisk())
      #expect(try items(again).blocks.count == whole + 1)
      #expect(again.status().counters.tornTails == 0 && again.status().gaps.isEmpty)
    }
  }

  private func payloadEnd(_ bytes: [UInt8], _ end: Int) -> Int {
    // Payloads of these blocks end in a digit; the padding behind is zero.
    bytes[..<end].lastIndex { $0 != 0 }! + 1
  }

  @Test("torn bytes are saved as they were")
  func tornBytes() async throws {
    let (directory, segment, ends) = try await unsealed(3)
    let bytes = try readFile(segment)
    try writeFile(segment, Array(bytes[..<(ends[3] - 30)]))
    _ = try openStore(directory)
    let torn = try PosixDisk().list("\(directory.data)/torn")
    #expect(torn.count == 1)
    #expect(try readFile("\(directory.data)/torn/\(torn[0])") == Array(bytes[ends[2]..<(ends[3] - 30)]))
  }

  @Test("zeros behind the last frame are room that was prepared, not a torn tail")
  func zeros() async throws {
    let (directory, segment, _) = try await unsealed(3)
    try writeFile(segment, try readFile(segment) + Array(repeating: 0, count: 5_000))
    let store = try openStore(directory)
    #expect(store.status().counters.tornTails == 0)
    #expect(try items(store).blocks.count == 3)
  }

  @Test(
    "a damaged frame with good ones behind it is a gap: nothing else is lost, and it is remembered",
    arguments: [0, 60, 140])
  func damageInTheMiddle(offsetInFrame: Int) async throws {
    let (directory, segment, ends) = try await unsealed(5)
    var bytes = try readFile(segment)
    bytes[ends[2] + offsetInFrame] ^= 0x10
    try writeFile(segment, bytes)
    let readOnly = try openStore(directory, .readOnly)
    for store in [readOnly, try openStore(directory)] {
      let read = try items(store)
      #expect(read.blocks.map(\.position) == [1, 2, 4, 5])
      #expect(read.gaps.map(\.positions) == [3...3])
      #expect(store.durablePosition == 5)
    }
    let again = try openStore(directory, .readOnly)
    #expect(again.status().gaps.map(\.positions) == [3...3])
    #expect(try items(again).gaps.map(\.positions) == [3...3])
  }

  @Test("a good frame with the position of no successor is not taken for one")
  func staleFrame() async throws {
    let (directory, segment, ends) = try await unsealed(4)
    let bytes = try readFile(segment)
    // The first frame once more behind the last.
    try writeFile(segment, bytes + Array(bytes[ends[0]..<ends[1]]))
    let store = try openStore(directory)
    #expect(try items(store).blocks.map(\.position) == [1, 2, 3, 4])
    #expect(store.status().counters.tornTails == 1)
    #expect(store.durablePosition == 4)
  }

  @Test("a sealed segment whose footer is damaged is read from its frames")
  func damagedFooter() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    try await store.appendNumbered(1...60)
    try await store.close()
    let segments = try directory.segments()
    for segment in [segments[0], segments.last!] {
      var bytes = try readFile(segment)
      bytes[bytes.count - 40] ^= 1
      try writeFile(segment, bytes)
    }
    for mode in [LogStore.Mode.readOnly, .exclusive] {
      let again = try openStore(directory, mode)
      #expect(try items(again).blocks.map(\.position) == Array(1...60))
      #expect(again.status().gaps.isEmpty)
    }
  }

  @Test("a missing segment is a gap, and the rest is served")
  func missingSegment() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    try await store.appendNumbered(1...60)
    try await store.close()
    let gone = store.state.shared.withLock { $0.sealed[1].positions! }
    try PosixDisk().remove(try directory.segments()[1])
    for mode in [LogStore.Mode.readOnly, .exclusive, .exclusive] {
      let read = try items(try openStore(directory, mode))
      #expect(read.gaps.map(\.positions) == [gone])
      #expect(read.blocks.map(\.position) == (1...60).filter { !gone.contains($0) })
    }
  }

  @Test("a segment that nothing was written to does not end the one before it")
  func emptySegmentBehind() async throws {
    let (directory, segment, _) = try await unsealed(3)
    let empty = segment.replacing("0000000000000001", with: "0000000000000002")
    try writeFile(empty, [])
    for mode in [LogStore.Mode.readOnly, .exclusive, .exclusive] {
      let store = try openStore(directory, mode)
      // The last frame is vouched for by nothing but itself.
      #expect(try items(store).blocks.map(\.position) == [1, 2, 3])
      #expect(store.status().counters.foreignFiles == 0)
      try await store.close()
    }
    #expect(try directory.segments() == [segment])
  }

  @Test("a segment that is missing before an empty one is a gap")
  func missingBeforeEmpty() async throws {
    let directory = TestDirectory()
    for numbers in [1...5, 6...9] {
      let store = try openStore(directory)
      try await store.appendNumbered(numbers)
      try await store.close()
    }
    let last = try #require(directory.segments().last)
    let logID = try openStore(directory, .readOnly).status().logID
    try PosixDisk().remove(last)
    let header = FrameWriting.fileHeader(fileID: 9, logID: logID, created: 0, firstPosition: 10)
    try writeFile("\(directory.data)/journal/0000000000000009.segment", header)
    for mode in [LogStore.Mode.readOnly, .exclusive, .exclusive] {
      let store = try openStore(directory, mode)
      #expect(try items(store).blocks.map(\.position) == Array(1...5))
      #expect(try items(store).gaps.map(\.positions) == [6...9])
      try await store.close()
    }
  }

  @Test("where every segment is gone, what stood before a gap that the manifest records is told of, too")
  func missingBeforeGap() async throws {
    let (directory, segment, ends) = try await unsealed(5)
    var bytes = try readFile(segment)
    bytes[ends[2]] ^= 0x10
    try writeFile(segment, bytes)
    try await openStore(directory).close()
    try PosixDisk().remove(segment)
    for (mode, isRecorded) in [(LogStore.Mode.readOnly, false), (.exclusive, false), (.exclusive, true)] {
      let report = try LogVerifier.verify(directory: directory.data)
      #expect(report.badFrames.map(\.positions) == (isRecorded ? [] : [1...2]))
      let store = try openStore(directory, mode)
      #expect(try items(store).gaps.map(\.positions) == [1...2, 3...3])
      #expect(store.durablePosition == 3)
      try await store.close()
    }
  }

  @Test(
    "a segment of another copy of the log does not give positions a second time, and verify names it",
    arguments: [35, 50])
  func mixedCopies(last: Int) async throws {
    func append(_ numbers: ClosedRange<Int>, to directory: TestDirectory) async throws {
      let store = try openStore(directory, .exclusive, smallOptions(segmentBytes: 1 << 20))
      try await store.appendNumbered(numbers)
      try await store.close()
    }
    let directory = TestDirectory()
    let other = TestDirectory()
    try await append(1...30, to: directory)
    try copyTree(directory.data, other.data)
    try await append(31...40, to: directory)
    for numbers in [31...31, 32...last] { try await append(numbers, to: other) }
    let segment = try #require(other.segments().last)
    try writeFile(segment.replacing(other.data, with: directory.data), readFile(segment))

    for mode in [LogStore.Mode.readOnly, .exclusive, .exclusive] {
      let store = try openStore(directory, mode)
      let read = try items(store)
      #expect(read.blocks.map(\.bytes) == (1...max(40, last)).map { headOnlyBlock($0).bytes })
      #expect(read.gaps.isEmpty)
      #expect(store.status().counters.foreignFiles == (last > 40 ? 0 : 1))
      try await store.close()
    }
    let twice = try LogVerifier.verify(directory: directory.data).badFrames.filter {
      $0.reason == "a segment before this one holds these positions: they are read there"
    }
    #expect(twice.map(\.path) == [segment.replacing(other.data, with: directory.data)])
    #expect(twice.map(\.positions) == [32...UInt64(min(40, last))])
  }
}
