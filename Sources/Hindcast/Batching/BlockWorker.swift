#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif
internal import HindcastFormat

/// Makes rows into columns and columns into encoded blocks, on a thread of its own. Blocks are numbered with tickets, 1,
/// 2, 3, ..., and leave in that order.
final class BlockWorker {
  /// Where blocks go. They keep the client's core alive, so they are dropped when the thread ends.
  struct Handlers: Sendable {
    var encoded: @Sendable (_ block: EncodedBlock, _ ticket: UInt64) -> Void
    /// There is no block of this number.
    var skipped: @Sendable (_ ticket: UInt64) -> Void
    /// The client's streams, if what they lost may be told now; nil: later, when the server is there.
    var streamsToTellOf: @Sendable () -> [EventStream]?
  }

  private let recorder: Recorder
  private let queue: ChunkQueue
  private let limits: BatchLimits
  private let codec: ByteCodec
  private let handlers: Handlers
  private var tables: [StreamTable?] = []
  private var touched: [StreamTable] = []
  private var encoderCount = 0
  private let scratch = ScratchRow()
  private var reporter = LossReporter()
  private var layouts: [EventLayout] = []
  private var lastTicket: UInt64 = 0

  private static let encodersMax = 256
  /// For how long a collection waits for threads that are writing, and how often it looks.
  private static let patienceMicroseconds: UInt32 = 50_000
  private static let lookMicroseconds: UInt32 = 200

  init(recorder: Recorder, limits: BatchLimits, codec: ByteCodec, handlers: Handlers) {
    self.recorder = recorder
    queue = recorder.queue
    self.limits = limits
    self.codec = codec
    self.handlers = handlers
  }

  /// The body of the thread. Returns when the queue is stopped.
  func run() {
    while true {
      switch queue.next() {
      case .chunk(let chunk): take(chunk)
      case .collect(let requests): collect(requests)
      case .stop(let requests):
        dropRest()
        for request in requests { request.finish(lastTicket) }
        return
      }
    }
  }

  /// Makes blocks of everything that was logged so far, and tells of losses.
  func collect(_ requests: [ChunkQueue.Request] = []) {
    for chunk in queue.takeWaiting() { take(chunk) }
    let (chunks, areAll) = takeLanes()
    // What a lane handed over meanwhile was written before what was then found in it.
    for chunk in queue.takeWaiting() + chunks { take(chunk) }
    for table in tables { if let table, table.columns.rowCount > 0 { emit(table) } }
    tellLosses()
    if areAll {
      for request in requests { request.finish(lastTicket) }
    } else {
      queue.collectAgain(for: requests)
    }
  }

  /// Sends blocks that tell of events that were lost. They take little memory, and are sent whatever the bound.
  private func tellLosses() {
    guard let streams = handlers.streamsToTellOf() else { return queue.expectCollection() }
    for report in reporter.takeReports(streams, now: Timestamp.now.microsecondsSince1970) {
      lastTicket += 1
      do throws(FormatError) {
        let encoded = try BlockEncoder(effort: .ingest, codec: codec).encode(report)
        recorder.budget.exchange(0, for: encoded.bytes.count)
        handlers.encoded(encoded, lastTicket)
      } catch {
        recorder.warnings.warn(
          .rejected, "what was lost of model '\(report.stream.model)' can't be told: \(error.message)")
        handlers.skipped(lastTicket)
      }
    }
  }

  /// The chunks of all lanes, and whether none was missed because a thread was writing to it all the time.
  private func takeLanes() -> (chunks: [Chunk], areAll: Bool) {
    var chunks: [Chunk] = []
    var missing = Array(0..<LaneSet.slotCount)
    var waitedMicroseconds: UInt32 = 0
    while true {
      missing.removeAll { slot in
        guard let collected = recorder.lanes.collect(slot) else { return false }
        if let chunk = collected.chunk { chunks.append(chunk) }
        return true
      }
      if missing.isEmpty { return (chunks, true) }
      if waitedMicroseconds >= Self.patienceMicroseconds { return (chunks, false) }
      usleep(Self.lookMicroseconds)
      waitedMicroseconds += Self.lookMicroseconds
    }
  }

  /// Takes in a chunk's rows.
  private func take(_ chunk: Chunk) {
    takeRows(of: chunk)
    var growth = 0
    for table in touched {
      growth += table.columns.rawByteCount - table.reservedBytes
      table.reservedBytes = table.columns.rawByteCount
      table.isTouched = false
    }
    touched.removeAll(keepingCapacity: true)
    recorder.budget.exchange(chunk.capacity, for: growth)
    recorder.pool.put(chunk)
  }

  /// Rows of one layout are taken in together where they can be, a few at a time, so that they stay in the fastest cache.
  private func takeRows(of chunk: Chunk) {
    let base = UnsafeRawPointer(chunk.base)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.runRowsMax) { rows in
      var offset = 0
      while offset < chunk.used {
        let first = RowReader(base: base + offset)
        let layout = layout(of: first, chunk)
        let table = touch(layout.stream)
        // Values take no more in a block than in a row.
        let bytesMax = limits.rawBytes - table.columns.rawByteCount - 1
        let (count, end) = chunk.run(
          from: offset, into: rows, rowsMax: limits.rows - table.columns.rowCount, bytesMax: bytesMax)
        let run = UnsafeBufferPointer(rebasing: rows[..<count])
        if count > 1, !table.hasPolicy, table.columns.append(base, rows: run, layout) {
          for row in run { table.cover(RowReader(base: base + Int(row)).time) }
          if table.columns.rowCount >= limits.rows { emit(table) }
        } else {
          for row in run { take(RowReader(base: base + Int(row)), layout) }
        }
        offset = end
      }
    }
  }

  private static let runRowsMax = 64

  /// The table of a stream that has rows in the chunk at hand.
  private func touch(_ stream: EventStream) -> StreamTable {
    let table = table(of: stream)
    if !table.isTouched {
      table.isTouched = true
      table.adoptPolicy()
      touched.append(table)
    }
    return table
  }

  private func layout(of row: RowReader, _ chunk: Chunk) -> EventLayout {
    let number = row.layout
    if number >= Chunk.firstOwnLayout { return chunk.layouts[number - Chunk.firstOwnLayout] }
    if number >= layouts.count { layouts += recorder.layouts.layouts(from: layouts.count) }
    return layouts[number]
  }

  private func table(of stream: EventStream) -> StreamTable {
    while tables.count <= stream.number { tables.append(nil) }
    if let table = tables[stream.number] { return table }
    let table = StreamTable(stream)
    tables[stream.number] = table
    return table
  }

  private func take(_ row: RowReader, _ layout: EventLayout) {
    let table = touch(layout.stream)
    var row = row
    var layout = layout
    if let policy = table.policy(for: layout, scratch) {
      guard let kept = policy.apply(row) else {
        return table.stream.losses[.sampledOut].add(bytes: row.byteCount, time: row.time)
      }
      row = kept
      layout = policy.layout
    }
    // A fresh block takes every event but one with more fields than a block has columns.
    for _ in 0..<3 {
      switch table.columns.append(row, layout) {
      case .appended:
        table.cover(row.time)
        if table.columns.rowCount >= limits.rows || table.columns.rawByteCount >= limits.rawBytes { emit(table) }
        return
      case .needsNewBlock:
        if table.columns.rowCount > 0 { emit(table) }
        table.columns.startOver()
      case .rejected(let reason): return reject(row, layout.stream, reason)
      }
    }
    reject(row, layout.stream, "it has more fields than the \(Limits.columnsMax) columns of a block")
  }

  private func reject(_ row: RowReader, _ stream: EventStream, _ reason: String) {
    stream.losses[.rejected].add(bytes: row.byteCount, time: row.time)
    recorder.warnings.warn(.rejected, "an event of model '\(stream.key.model)' is rejected: \(reason)")
  }

  /// Encodes what the table has and hands it on.
  private func emit(_ table: StreamTable) {
    let collected = table.take()
    // What is not yet known to the budget is still part of the chunk that it came in.
    recorder.budget.exchange(table.reservedBytes, for: collected.rawBytes)
    table.reservedBytes = 0
    let encoder = encoder(of: table)
    lastTicket += 1
    do throws(FormatError) {
      let encoded = try encoder.encode(collected.block)
      recorder.budget.exchange(collected.rawBytes, for: encoded.bytes.count)
      handlers.encoded(encoded, lastTicket)
    } catch {
      recorder.budget.release(collected.rawBytes)
      table.stream.losses[.rejected].add(collected.sums)
      recorder.warnings.warn(
        .rejected,
        "\(collected.block.rowCount) events of model '\(table.stream.key.model)' are rejected: \(error.message)")
      handlers.skipped(lastTicket)
    }
  }

  private func encoder(of table: StreamTable) -> BlockEncoder {
    if let present = table.encoder { return present }
    if encoderCount == Self.encodersMax {
      for table in tables { table?.encoder = nil }
      encoderCount = 0
    }
    let encoder = BlockEncoder(effort: .ingest, codec: codec)
    table.encoder = encoder
    encoderCount += 1
    return encoder
  }

  /// Counts what is left as dropped.
  private func dropRest() {
    let waiting = queue.takeWaiting()
    for chunk in waiting + takeLanes().chunks {
      chunk.forEachRow { row in
        layout(of: row, chunk).stream.losses[.shutdown].add(bytes: row.byteCount, time: row.time)
      }
      recorder.budget.release(chunk.capacity)
    }
    for table in tables {
      guard let table, table.columns.rowCount > 0 else { continue }
      let collected = table.take()
      table.stream.losses[.shutdown].add(collected.sums)
      recorder.budget.release(table.reservedBytes)
    }
  }
}
