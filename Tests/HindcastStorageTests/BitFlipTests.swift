import HindcastFormat
import Testing

@testable import HindcastStorage

/// Each bit of a small sealed file in turn is flipped: it is noticed, and everything that was not hit is served.
@Suite struct BitFlipTests {
  private struct Case {
    var directory: TestDirectory
    var path: String
    /// Offset and length of each block's frame, with what it holds.
    var frames: [(range: Range<Int>, block: StoredBlock)]
  }

  private func sealedFile(archived: Bool) async throws -> Case {
    let directory = TestDirectory()
    let store = try openStore(directory)
    for number in 1...3 { _ = try await store.append(try actuals(number..<number + 1, revision: Int64(number))) }
    if archived { _ = try store.compact() }
    store.sealActiveSegment()
    // A newest segment that has lost its footer is what a crash leaves; an older one is damaged.
    if !archived { _ = try await store.append(try actuals(9..<10)) }
    try await store.close()
    let path = archived ? try directory.archiveFiles()[0] : try directory.segments()[0]
    var inspection = try FileInspection(path: path)
    var places: [Range<Int>] = []
    while let frame = try inspection.next() {
      guard let header = frame.header, header.type == .block else { continue }
      places.append(Int(frame.offset)..<Int(frame.offset) + header.frameByteCount)
    }
    let name = path.split(separator: "/").last!
    let blocks = try items(try openStore(directory, .readOnly)).blocks
    // Actuals of the three rows lie on different days, each in an archive file of its own.
    let own = blocks.filter { block in (try? isIn(path, block)) ?? false }
    #expect(own.count == places.count && !places.isEmpty, "\(name)")
    return Case(directory: directory, path: path, frames: Array(zip(places, own)).map { ($0, $1) })
  }

  private func isIn(_ path: String, _ block: StoredBlock) throws -> Bool {
    try readFile(path).firstRange(of: block.bytes) != nil
  }

  @Test("every single flipped bit of a sealed segment and of an archive file is found", arguments: [false, true])
  func everyBit(archived: Bool) async throws {
    let sealed = try await sealedFile(archived: archived)
    let expected = try items(try openStore(sealed.directory, .readOnly)).blocks
    let good = try readFile(sealed.path)
    let file = try PosixDisk().open(sealed.path, .readWrite)
    for bit in 0..<good.count * 8 {
      let offset = bit / 8
      try file.write([good[offset] ^ (1 << UInt8(bit % 8))], at: UInt64(offset))
      defer { try? file.write([good[offset]], at: UInt64(offset)) }
      let report = try LogVerifier.verify(directory: sealed.directory.data)
      #expect(!report.isGood, "bit \(bit) of \(good.count * 8)")
      let hit = sealed.frames.first { $0.range.contains(offset) }?.block
      let read = try items(try openStore(sealed.directory, .readOnly))
      #expect(
        read.blocks.map(\.bytes) == expected.filter { $0.payloadHash != hit?.payloadHash }.map(\.bytes), "bit \(bit)")
      if let hit {
        #expect(read.gaps.contains { $0.positions == hit.position...hit.lastPosition }, "bit \(bit)")
      } else {
        #expect(read.gaps.isEmpty, "bit \(bit)")
      }
    }
  }
}
