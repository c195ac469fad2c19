internal import Synchronization

/// A stretch of memory that rows are written to, one behind the other.
///
/// `@unchecked Sendable`: one owner at a time. A lane fills it, then hands it to the worker's queue and forgets it.
final class Chunk: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let capacity: Int
  /// Bytes of the rows in it.
  var used = 0
  var rowCount = 0
  /// Layouts of rows in it that nobody else keeps.
  private(set) var layouts: [EventLayout] = []
  /// Numbers from here on name one of `layouts`.
  static let firstOwnLayout = 1 << 31

  init(capacity: Int) {
    self.capacity = capacity
    base = .allocate(byteCount: capacity, alignment: 64)
  }

  deinit { base.deallocate() }

  /// The number that rows of this chunk name the layout by.
  func add(_ layout: EventLayout) -> Int {
    layouts.append(layout)
    return Self.firstOwnLayout + layouts.count - 1
  }

  func removeAll() {
    used = 0
    rowCount = 0
    layouts.removeAll()
  }

  /// The rows from `offset` on that are of the same layout, at most so many rows and bytes: where each begins, in `rows`.
  /// Returns how many there are and where the next begins. There is at least one, whatever its length.
  @inline(__always)
  func run(
    from offset: Int, into rows: UnsafeMutableBufferPointer<UInt32>, rowsMax: Int, bytesMax: Int
  ) -> (count: Int, end: Int) {
    let layout = RowReader(base: UnsafeRawPointer(base + offset)).layout
    var count = 0
    var end = offset
    while end < used, count < max(1, min(rows.count, rowsMax)) {
      let row = RowReader(base: UnsafeRawPointer(base + end))
      if count > 0, row.layout != layout || end + row.byteCount - offset > bytesMax { break }
      rows[count] = UInt32(truncatingIfNeeded: end)
      count += 1
      end += row.byteCount
    }
    return (count, end)
  }

  /// Calls `body` with each row, in the order they were written.
  @inline(__always)
  func forEachRow(_ body: (RowReader) -> Void) {
    var offset = 0
    while offset < used {
      let row = RowReader(base: UnsafeRawPointer(base + offset))
      body(row)
      offset += row.byteCount
    }
  }
}

/// Chunks that were emptied, for whoever needs the next: their memory is there already, while the system fills fresh
/// memory with zeros page by page, in the thread that logs. Those that wait here are not counted against the budget; there
/// are few.
final class ChunkPool: Sendable {
  let chunkBytes: Int
  private let free = Mutex<[Chunk]>([])
  private let freeMax: Int

  /// Keeps no more than `bytesMax`, or two chunks.
  init(chunkBytes: Int, bytesMax: Int) {
    self.chunkBytes = chunkBytes
    freeMax = max(2, bytesMax / chunkBytes)
  }

  /// A chunk that holds at least so many bytes.
  func take(atLeast byteCount: Int) -> Chunk {
    if byteCount <= chunkBytes, let chunk = free.withLock({ $0.popLast() }) { return chunk }
    return Chunk(capacity: max(byteCount, chunkBytes))
  }

  func put(_ chunk: Chunk) {
    guard chunk.capacity == chunkBytes else { return }
    chunk.removeAll()
    free.withLock { free in
      if free.count < freeMax { free.append(chunk) }
    }
  }
}
