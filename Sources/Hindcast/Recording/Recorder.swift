internal import HindcastFormat
internal import Synchronization

/// The way of an event from a caller's hands into a chunk. Nothing here waits: not for other threads, not for the worker
/// that empties the chunks, not for the network.
final class Recorder: Sendable {
  let layouts: LayoutTable
  let lanes = LaneSet()
  let budget: MemoryBudget
  let pool: ChunkPool
  let queue: ChunkQueue
  let warnings: WarningLimiter
  private let closed = Atomic<Bool>(false)
  /// Called when memory is full: drops blocks that wait, oldest first, and returns whether there were any. nil: the newest
  /// events are dropped instead.
  private let makeRoom: (@Sendable (_ byteCount: Int) -> Bool)?

  init(
    budget: MemoryBudget, queue: ChunkQueue, warnings: WarningLimiter, layouts: LayoutTable = LayoutTable(),
    makeRoom: (@Sendable (_ byteCount: Int) -> Bool)? = nil
  ) {
    self.budget = budget
    self.layouts = layouts
    self.queue = queue
    self.warnings = warnings
    self.makeRoom = makeRoom
    pool = ChunkPool(chunkBytes: Self.chunkBytes(budget.limit), bytesMax: min(budget.limit / 8, 8 << 20))
  }

  /// A small part of what may wait, since each thread that logs has one of them.
  private static func chunkBytes(_ limit: Int) -> Int {
    min(max(limit / 256, 4_096), 256 << 10) & ~63
  }

  /// From now on events are dropped. What is being written when it returns may still come.
  func close() { closed.store(true, ordering: .sequentiallyConsistent) }

  /// Records an event of a declared schema.
  @inline(__always)
  func record(
    _ layout: EventLayout, schema: UInt32, id: String?, time: Timestamp?, _ fill: (inout EventRow) -> Void
  ) -> EventID {
    let time = time ?? .now
    let lane = lanes.checkOut()
    let id = id.map { EventID($0) } ?? EventID(.generated(lane.pointee.identifiers.next(at: time)))
    write(lane, layout, schema, id, time, fill)
    if let chunk = lanes.checkIn(lane) { handOver(chunk) }
    return id
  }

  /// Records an event of dictionaries. `fill` writes the arguments' values, the first of which has the given index.
  @inline(__always)
  func record(
    _ event: borrowing DictionaryEvent, _ stream: EventStream, id: EventID?, time: Timestamp?,
    _ fill: (inout EventRow, _ firstArgument: Int) -> Void
  ) -> EventID {
    let time = time ?? .now
    if let problem = stream.problem { return refuse(stream, id, time, problem) }
    let lane = lanes.checkOut()
    let id = id ?? EventID(.generated(lane.pointee.identifiers.next(at: time)))
    let features = event.features
    let outputs = event.outputs
    let tags = event.tags
    let recent = lane.pointee.recents.find(event, stream)
    let fresh = recent == nil ? layout(of: event, stream, lane) : nil
    defer { withExtendedLifetime(fresh) {} }
    let layout = recent ?? Unmanaged.passUnretained(fresh!)
    layout._withUnsafeGuaranteedRef { layout in
      write(lane, layout, 0, id, time) { row in
        for index in 0..<features.count { row.store(features[index].1, at: index) }
        var first = features.count
        for index in 0..<outputs.count { row.store(outputs[index].1, at: first + index) }
        first += outputs.count
        for index in 0..<tags.count { row.store(tags[index].1, at: first + index) }
        first += tags.count
        fill(&row, first)
      }
    }
    if let chunk = lanes.checkIn(lane) { handOver(chunk) }
    return id
  }

  @inline(never)
  private func layout(
    of event: borrowing DictionaryEvent, _ stream: EventStream, _ lane: UnsafeMutablePointer<Lane>
  ) -> EventLayout {
    let layout = layouts.layout(of: event, stream)
    if layout.number != nil { lane.pointee.recents.add(layout) }
    return layout
  }

  @inline(__always)
  private func write(
    _ lane: UnsafeMutablePointer<Lane>, _ layout: EventLayout, _ schema: UInt32, _ id: EventID, _ time: Timestamp,
    _ fill: (inout EventRow) -> Void
  ) {
    lane.pointee.countLogged()
    let time = time.microsecondsSince1970
    if !layout.takesEvents || closed.load(ordering: .relaxed) { return refuse(layout, time) }
    if layout.fixedByteCount > lane.pointee.capacity - lane.pointee.used, !renew(lane, room: layout.fixedByteCount) {
      return drop(layout, byteCount: layout.fixedByteCount, time)
    }
    var row = EventRow(lane, layout, schema: schema, recorder: self, time: time)
    switch id.storage {
    case .generated(let bits): row.setID(bits)
    case .text(let text): row.setID(text)
    }
    fill(&row)
    if row.isLost { return drop(layout, byteCount: row.end, time) }
    lane.pointee.append(byteCount: row.finish())
  }
}

// The ways that are seldom taken.
extension Recorder {
  /// Gives the lane a fresh chunk with so much room, and hands over the old one. Returns false if there is no memory.
  @inline(never)
  func renew(_ lane: UnsafeMutablePointer<Lane>, room byteCount: Int) -> Bool {
    if let full = lane.pointee.takeChunk() { handOver(full) }
    guard let chunk = takeChunk(room: byteCount) else { return false }
    lane.pointee.begin(chunk)
    queue.expectCollection()
    return true
  }

  private func takeChunk(room byteCount: Int) -> Chunk? {
    let capacity = max(pool.chunkBytes, RowFormat.aligned(byteCount))
    // Nothing is dropped for an event that has no room in all of it.
    guard capacity <= budget.limit else { return nil }
    while !budget.reserve(capacity) {
      guard let makeRoom, makeRoom(capacity) || dropOldestChunk() else { return nil }
    }
    return pool.take(atLeast: capacity)
  }

  /// Drops the oldest events that the worker has not looked at. Returns false if there are none.
  private func dropOldestChunk() -> Bool {
    guard let chunk = queue.takeOldest() else { return false }
    chunk.forEachRow { row in
      let layout =
        row.layout >= Chunk.firstOwnLayout
        ? chunk.layouts[row.layout - Chunk.firstOwnLayout] : layouts.layout(numbered: row.layout)
      layout.stream.losses[.queueFull].add(bytes: row.byteCount, time: row.time)
    }
    budget.release(chunk.capacity)
    pool.put(chunk)
    return true
  }

  func handOver(_ chunk: Chunk) {
    if chunk.rowCount > 0 {
      queue.put(chunk)
    } else {
      budget.release(chunk.capacity)
      pool.put(chunk)
    }
  }

  /// Moves a row that has outgrown its chunk to the beginning of a fresh one with room for so many more bytes.
  @inline(never)
  func move(_ row: inout EventRow, room byteCount: Int) -> Bool {
    // As much again, so that a row of many texts does not move at each.
    let wanted = min(row.end + byteCount + max(row.end, 1_024), EventRow.byteCountMax + 64)
    guard !row.isLost, let chunk = takeChunk(room: max(wanted, row.end + byteCount)) else {
      row.isLost = true
      return false
    }
    chunk.base.copyMemory(from: row.base, byteCount: row.end)
    let lane = row.lane
    if let full = lane.pointee.takeChunk() { handOver(full) }
    lane.pointee.begin(chunk)
    row.moved(to: chunk)
    queue.expectCollection()
    return true
  }

  /// Counts an event that breaks a rule, whatever its fields.
  @inline(never)
  @discardableResult
  func refuse(_ stream: EventStream, _ id: EventID?, _ time: Timestamp, _ problem: String) -> EventID {
    let lane = lanes.checkOut()
    lane.pointee.countLogged()
    let id = id ?? EventID(.generated(lane.pointee.identifiers.next(at: time)))
    if let chunk = lanes.checkIn(lane) { handOver(chunk) }
    reject(stream, time.microsecondsSince1970, problem)
    return id
  }

  private func reject(_ stream: EventStream, _ time: Int64, _ problem: String) {
    stream.losses[.rejected].add(bytes: 0, time: time)
    queue.expectCollection()
    warnings.warn(.rejected, "an event of model '\(stream.key.model)' is rejected: \(problem)")
  }

  @inline(never)
  private func refuse(_ layout: EventLayout, _ time: Int64) {
    let stream = layout.stream
    if let problem = stream.problem ?? layout.problem {
      reject(stream, time, problem)
    } else {
      stream.losses[.shutdown].add(bytes: layout.fixedByteCount, time: time)
      warnings.warn(.dropped, "events of model '\(stream.key.model)' are dropped: the client is shut down")
    }
  }

  @inline(never)
  private func drop(_ layout: EventLayout, byteCount: Int, _ time: Int64) {
    layout.stream.losses[.queueFull].add(bytes: byteCount, time: time)
    queue.expectCollection()
    warnings.warn(
      .dropped,
      "events of model '\(layout.stream.key.model)' are dropped: \(budget.limit) bytes wait for the server already")
  }
}
