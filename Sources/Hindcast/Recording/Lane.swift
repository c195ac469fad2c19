internal import Synchronization

/// What one thread at a time writes events with: the end of a chunk, a generator of ids, and the layouts it used last.
///
/// A lane is checked out by a thread for the length of one call and nobody waits for it: see `LaneSet`.
struct Lane: ~Copyable {
  /// Where the chunk begins; while there is none, `capacity` is 0 and this is not to be read.
  private(set) var base: UnsafeMutableRawPointer
  private(set) var capacity = 0
  /// Bytes and number of the rows in the chunk so far.
  private(set) var used = 0
  private var rowCount = 0
  private(set) var chunk: Chunk?
  var identifiers = EventIDGenerator()
  var recents = RecentLayouts()
  /// The slot that the lane belongs to; nil: none, it lives for one call.
  let slot: Int?
  /// Calls of `log` that this lane served. Only its holder writes it; anyone reads it.
  private let logged = Atomic<Int>(0)

  init(slot: Int?) {
    self.slot = slot
    base = UnsafeMutableRawPointer(bitPattern: 64)!
  }

  var loggedCount: Int { logged.load(ordering: .relaxed) }

  @inline(__always)
  func countLogged() {
    logged.store(logged.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
  }

  @inline(__always)
  mutating func append(byteCount: Int) {
    used &+= byteCount
    rowCount &+= 1
  }

  mutating func begin(_ chunk: Chunk) {
    self.chunk = chunk
    base = chunk.base
    capacity = chunk.capacity
    used = 0
    rowCount = 0
  }

  /// Takes the chunk away, with what was written to it.
  mutating func takeChunk() -> Chunk? {
    guard let chunk = chunk.take() else { return nil }
    chunk.used = used
    chunk.rowCount = rowCount
    capacity = 0
    used = 0
    rowCount = 0
    return chunk
  }
}

/// The layouts that dictionary events had lately, a few for each stream, so that those of the usual shapes are found
/// without a look-up.
struct RecentLayouts {
  /// Four a stream, the last used first. Not retained: the client's table keeps every layout that has a number.
  private var layouts: [Unmanaged<EventLayout>?] = []
  private static let perStream = 4

  @inline(__always)
  func find(_ event: borrowing DictionaryEvent, _ stream: EventStream) -> Unmanaged<EventLayout>? {
    let first = stream.number * Self.perStream
    guard first < layouts.count else { return nil }
    for index in first..<first + Self.perStream {
      guard let layout = layouts[index] else { return nil }
      if layout._withUnsafeGuaranteedRef({ $0.shape.matches(event) }) { return layout }
    }
    return nil
  }

  /// Only for layouts that have a number.
  mutating func add(_ layout: EventLayout) {
    let first = layout.stream.number * Self.perStream
    while layouts.count < first + Self.perStream { layouts.append(nil) }
    for index in (first + 1..<first + Self.perStream).reversed() { layouts[index] = layouts[index - 1] }
    layouts[first] = Unmanaged.passUnretained(layout)
  }
}
