import HindcastFormat
import HindcastStorage
import Testing

@Suite struct VerifyTests {
  private func filled(compacted: Bool) async throws -> TestDirectory {
    let directory = TestDirectory()
    let store = try LogStore.open(
      directory: directory.data, mode: .exclusive, options: smallOptions(), disk: FailingDisk())
    for start in stride(from: 0, to: 100, by: 10) {
      _ = try await store.append(try predictions(start..<start + 10, daySpan: 1))
      if compacted { _ = try store.compact() }
    }
    try await store.close()
    return directory
  }

  @Test("a good log verifies, journal and archive, and beside the process that writes it")
  func good() async throws {
    for compacted in [false, true] {
      let directory = try await filled(compacted: compacted)
      let report = try LogVerifier.verify(directory: directory.data)
      #expect(report.isGood && report.rows == 100 && report.blocks == 10, "\(report.badFrames)")
    }
    let directory = TestDirectory()
    let store = try openStore(directory)
    _ = try await store.append(try actuals(0..<5))
    let report = try LogVerifier.verify(directory: directory.data)
    #expect(report.isGood && report.rows == 5 && report.unsealedTailBytes == 0)
  }

  @Test(
    "every position that damage took from older segments is named, also when their headers are gone", arguments: 1...3)
  func damagedHeaders(segmentCount: Int) async throws {
    let directory = try await filled(compacted: false)
    let whole = try openStore(directory, .readOnly)
    // All but the last block of each, so that nothing but later segments tells where the first ones were.
    for path in try directory.segments().dropFirst().prefix(segmentCount) {
      var bytes = try readFile(path)
      for offset in 0..<bytes.count - 600 { bytes[offset] = 0xff }
      try writeFile(path, bytes)
    }
    let lost = try items(whole).gaps.map(\.positions)
    #expect(lost.count >= segmentCount)
    let reported = try LogVerifier.verify(directory: directory.data).badFrames.compactMap(\.positions)
    for positions in lost {
      #expect(positions.allSatisfy { position in reported.contains { $0.contains(position) } }, "\(positions)")
    }
  }

  @Test(
    "any flipped bit of a block is found, becomes a gap for readers, and costs nothing else", arguments: [false, true])
  func flippedBits(compacted: Bool) async throws {
    let directory = try await filled(compacted: compacted)
    let path = compacted ? try directory.archiveFiles()[3] : try directory.segments()[1]
    let good = try readFile(path)
    let whole = try openStore(directory, .readOnly)
    let expected = try rows(try items(whole))
    var inspection = try FileInspection(path: path)
    var frames: [FileInspection.Frame] = []
    while let frame = try inspection.next() { frames.append(frame) }
    let block = try #require(frames.first { $0.header?.type == .block })
    let header = try #require(block.header)
    let first = Int(block.offset)
    for offset in Array(first..<first + 128)
      + stride(from: first + 128, to: first + 128 + Int(header.payloadLength), by: 17)
    {
      var bytes = good
      bytes[offset] ^= 1 << UInt8(offset % 8)
      try writeFile(path, bytes)
      let report = try LogVerifier.verify(directory: directory.data)
      #expect(report.badFrames.count == 1, "\(offset)")
      #expect(report.badFrames.first?.path == path && report.badFrames.first?.offset == block.offset)
      #expect(report.badFrames.first?.positions == header.position...header.lastPosition)
      let read = try items(whole)
      #expect(read.gaps.map(\.positions) == [header.position...header.lastPosition])
      #expect(try rows(read) == expected.filter { !$0.contains("@\(header.position) ") })
    }
  }

  @Test("a damaged block that compaction meets is recorded as a gap, and its segment is set aside, not deleted")
  func damageMeetsCompaction() async throws {
    let directory = try await filled(compacted: false)
    let path = try directory.segments()[0]
    var bytes = try readFile(path)
    let expected = try rows(try items(try openStore(directory, .readOnly)))
    bytes[500] ^= 4
    try writeFile(path, bytes)
    let store = try openStore(directory)
    let report = try store.compact()
    #expect(report.gaps == 1)
    let read = try items(store)
    #expect(read.gaps.map(\.positions) == [1...1])
    #expect(try rows(read) == expected.filter { !$0.contains("@1 ") })
    #expect(try PosixDisk().list("\(directory.data)/torn").count == 1)
    try await store.close()
    #expect(try items(try openStore(directory)).gaps.map(\.positions) == [1...1])
    #expect(try LogVerifier.verify(directory: directory.data).gaps == [1...1])
  }

  @Test("a missing or foreign archive file is reported, and read as a gap")
  func missingArchive() async throws {
    let directory = try await filled(compacted: true)
    let path = try directory.archiveFiles()[2]
    try PosixDisk().remove(path)
    let report = try LogVerifier.verify(directory: directory.data)
    #expect(report.badFrames.map(\.path) == [path])
    let read = try items(try openStore(directory))
    #expect(read.gaps.map(\.positions) == [3...3])
    #expect(read.blocks.count == 9)
  }

  @Test("inspect shows every frame of every file with what it holds")
  func inspect() async throws {
    let directory = try await filled(compacted: true)
    let files = try FileInspection.files(ofDirectory: directory.data)
    #expect(files.count == 11)
    var types: [FrameHeader.FrameType: Int] = [:]
    for file in files {
      var inspection = try FileInspection(path: file)
      while let frame = try inspection.next() {
        #expect(frame.problem == nil)
        types[try #require(frame.header).type, default: 0] += 1
        if frame.header?.type == .block { #expect(frame.summary?.columns.contains { $0.schema.isRowPosition } == true) }
      }
    }
    #expect(types == [.fileHeader: 11, .block: 10, .footer: 10, .manifestEdit: 10])
    #expect(throws: StorageError.self) { _ = try FileInspection(path: "\(directory.data)/LOCK") }
  }
}
