internal import HindcastFormat
internal import HindcastReplay

/// Passes rows on to another sink until there have been enough, and then ends the replay by an error.
struct LimitedSink<Sink: ReplaySink>: ReplaySink {
  private var sink: Sink
  private var rowsLeft: Int

  /// nil: no limit.
  init(_ sink: Sink, rowsMax: Int?) {
    self.sink = sink
    rowsLeft = rowsMax ?? .max
  }

  var acceptedKinds: Set<EventKind> { sink.acceptedKinds }

  mutating func begin(_ selection: ReplaySelection) throws { try sink.begin(selection) }
  mutating func checkpoint() throws -> UInt64 { try sink.checkpoint() }
  mutating func commit(upTo position: UInt64) throws { try sink.commit(upTo: position) }
  mutating func close() throws { try sink.close() }

  mutating func write(_ rows: ReplayRows) throws {
    if rows.block.rowCount < rowsLeft {
      rowsLeft -= rows.block.rowCount
      return try sink.write(rows)
    }
    var mask = Bitmap(repeating: true, count: rowsLeft)
    mask.append(repeating: false, count: rows.block.rowCount - rowsLeft)
    rowsLeft = 0
    try sink.write(rows.filtered(by: mask))
    throw LimitReached()
  }
}

/// Enough rows were printed.
struct LimitReached: Error {}
