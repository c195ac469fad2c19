internal import HindcastFormat

/// Where the frames of one file are. In chunks, so that a copy shares all of them and appending to one of two copies moves at
/// most a chunk: the journal appends while readers hold what was there before.
struct FrameEntries: RandomAccessCollection, Sendable, ExpressibleByArrayLiteral {
  private static let chunkSize = 256

  /// Of `chunkSize` entries each.
  private var full: [[FrameEntry]] = []
  private var tail: [FrameEntry] = []

  init(_ entries: some Sequence<FrameEntry>) { for entry in entries { append(entry) } }
  init(arrayLiteral entries: FrameEntry...) { self.init(entries) }

  var startIndex: Int { 0 }
  var endIndex: Int { full.count * Self.chunkSize + tail.count }

  subscript(index: Int) -> FrameEntry {
    let chunk = index / Self.chunkSize
    return chunk == full.count ? tail[index % Self.chunkSize] : full[chunk][index % Self.chunkSize]
  }

  mutating func append(_ entry: FrameEntry) {
    tail.append(entry)
    guard tail.count == Self.chunkSize else { return }
    full.append(tail)
    tail = []
  }

  /// The first entry with a position of at least `position`. For the entries of a segment, which ascend.
  func firstIndex(from position: UInt64) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if self[middle].position < position { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
