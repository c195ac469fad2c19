import HindcastFormat
import Testing

@testable import HindcastStorage

@Suite struct FrameEntriesTests {
  private func entry(_ position: UInt64) -> FrameEntry {
    FrameEntry(
      offset: position * 100, payloadLength: 10, stream: 0, position: position, lastPosition: position, rows: 1,
      minTime: 0, maxTime: 0, payloadHash: position)
  }

  @Test(
    "it holds what an array would, at every size around whole chunks", arguments: [0, 1, 255, 256, 257, 512, 1_000])
  func holds(count: Int) {
    let expected = (0..<count).map { entry(UInt64($0) * 3 + 1) }
    let entries = FrameEntries(expected)
    #expect(entries.count == count)
    #expect(Array(entries) == expected)
    #expect(entries.last == expected.last)
    for position in 0..<UInt64(count * 3 + 5) {
      let first = expected.firstIndex { $0.position >= position } ?? count
      #expect(entries.firstIndex(from: position) == first)
    }
  }

  @Test("a copy stays as it was when the other one grows")
  func copies() {
    var entries: FrameEntries = []
    var copies: [FrameEntries] = []
    for position in 1...UInt64(600) {
      copies.append(entries)
      entries.append(entry(position))
    }
    for (count, copy) in copies.enumerated() { #expect(Array(copy) == (0..<count).map { entry(UInt64($0) + 1) }) }
  }
}
