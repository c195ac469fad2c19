package import HindcastFormat

/// Brings the selected events of a log into a sink, each once, however often it is interrupted and started again.
///
/// Rows are streamed block by block. A commit happens at a point where the source says that everything up to a position
/// has come, once enough rows have gathered, and at the end. Archives give such a point only behind their last block, so
/// a sink must be able to hold uncommitted rows outside memory.
package enum Replay {
  /// Rows between commits, at least.
  package static let commitRows = 500_000

  /// Asks the sink how far it is, opens the source from there on, and delivers the rest.
  ///
  /// `open` gets the query with its first position moved behind the sink's checkpoint and its kinds limited to what the
  /// sink accepts. `log` is the source's log id, if known. Throws what source or sink throw; what was committed before
  /// stays, what was not is invisible and comes again with the next run. The sink is closed by the caller.
  /// `checkpointed` is told how far the sink is: before the source is opened, and behind each commit.
  package static func run<Source: BlockSource & ~Copyable>(
    query: ReadQuery, choice: ColumnChoice = .all, log: String? = nil, sink: inout some ReplaySink,
    commitRows: Int = commitRows, progress: (ReplayProgress) -> Void = { _ in },
    checkpointed: (UInt64) async throws -> Void = { _ in }, open: (ReadQuery) async throws -> Source
  ) async throws -> ReplayReport {
    let narrowed = try begin(query, choice, log, &sink)
    try await checkpointed(narrowed.checkpoint)
    let source = try await open(narrowed.query)
    return try await deliver(
      source, narrowed.query, choice, narrowed.checkpoint, &sink, commitRows: commitRows, progress: progress,
      checkpointed: checkpointed)
  }

  /// The same with a source that is open already, for `query` or more than it.
  package static func run<Source: BlockSource & ~Copyable>(
    source: consuming Source, sink: inout some ReplaySink, query: ReadQuery, choice: ColumnChoice = .all,
    log: String? = nil, commitRows: Int = commitRows, progress: (ReplayProgress) -> Void = { _ in },
    checkpointed: (UInt64) async throws -> Void = { _ in }
  ) async throws -> ReplayReport {
    let narrowed = try begin(query, choice, log, &sink)
    try await checkpointed(narrowed.checkpoint)
    return try await deliver(
      source, narrowed.query, choice, narrowed.checkpoint, &sink, commitRows: commitRows, progress: progress,
      checkpointed: checkpointed)
  }

  private static func begin(
    _ query: ReadQuery, _ choice: ColumnChoice, _ log: String?, _ sink: inout some ReplaySink
  ) throws -> (query: ReadQuery, checkpoint: UInt64) {
    try sink.begin(ReplaySelection(query: query, choice: choice, log: log))
    let checkpoint = try sink.checkpoint()
    var narrowed = query
    narrowed.fromPosition = RowRange(query, after: checkpoint).fromPosition
    narrowed.kinds = query.kinds.isEmpty ? sink.acceptedKinds : query.kinds.intersection(sink.acceptedKinds)
    guard !narrowed.kinds.isEmpty else {
      let kinds = query.kinds.map(\.word).sorted().joined(separator: ", ")
      throw ReplayError(.unsupported, "this sink has no place for events of the kinds asked for: \(kinds)")
    }
    return (narrowed, checkpoint)
  }

  private static func deliver<Source: BlockSource & ~Copyable>(
    _ source: consuming Source, _ query: ReadQuery, _ choice: ColumnChoice, _ checkpoint: UInt64,
    _ sink: inout some ReplaySink, commitRows: Int, progress: (ReplayProgress) -> Void,
    checkpointed: (UInt64) async throws -> Void
  ) async throws -> ReplayReport {
    var range = RowRange(query, after: checkpoint)
    var report = ReplayReport()
    report.fromCheckpoint = checkpoint
    report.toCheckpoint = checkpoint
    var reached: UInt64 = 0
    var rowsSinceCommit = 0
    var rowsSinceReached = 0
    while let item = try await source.next() {
      try Task.checkCancellation()
      switch item {
      case .block(let stored):
        report.blocks += 1
        report.storedBytes += stored.bytes.count
        let count = try deliver(stored, range, query, choice, &sink, &report)
        rowsSinceCommit += count
        rowsSinceReached += count
        progress(
          ReplayProgress(
            rows: report.rowCount, blocks: report.blocks, storedBytes: report.storedBytes, gaps: report.gapCount,
            reached: reached))
      case .gap(let gap):
        report.note(gap)
      case .reached(let position):
        // A source may have come further than the query's end; what lies behind that was not delivered.
        reached = max(reached, query.toPosition.map { min(position, max($0, 1) - 1) } ?? position)
        rowsSinceReached = 0
        // Compaction may overtake a source that follows: archive blocks then hold rows that came before, too.
        range.fromPosition = max(range.fromPosition, RowRange(query, after: position).fromPosition)
        if rowsSinceCommit >= commitRows, reached > report.toCheckpoint {
          try sink.commit(upTo: reached)
          report.noteCommit(reached)
          try await checkpointed(reached)
          rowsSinceCommit = 0
        }
      }
    }
    guard rowsSinceReached == 0, rowsSinceCommit == 0 || reached > report.toCheckpoint else {
      throw ReplayError(
        .damagedSource,
        "the source ended behind rows without saying up to which position it was complete; nothing of them was committed"
      )
    }
    if reached > report.toCheckpoint {
      try sink.commit(upTo: reached)
      report.noteCommit(reached)
      try await checkpointed(reached)
    }
    return report
  }

  /// Returns how many of the block's rows went to the sink.
  private static func deliver(
    _ stored: StoredBlock, _ range: RowRange, _ query: ReadQuery, _ choice: ColumnChoice,
    _ sink: inout some ReplaySink, _ report: inout ReplayReport
  ) throws -> Int {
    guard stored.lastPosition >= range.fromPosition else { return 0 }
    let block = try BlockDecoder.decode(stored.bytes, choice: choice.adding(query.conditions))
    guard query.kinds.contains(block.stream.kind) else { return 0 }
    let all = try ReplayRows(block, from: stored)
    var wanted = all.filtered(by: range.mask(all.block, all.positions))
    if !query.conditions.isEmpty {
      wanted = wanted.filtered(by: try query.conditions.mask(wanted.block))
      wanted.block.columns.removeAll { !choice.includes($0.schema) }
    }
    report.skippedRows += all.block.rowCount - wanted.block.rowCount
    guard wanted.block.rowCount > 0 else { return 0 }
    try sink.write(wanted)
    report.rows[block.stream.kind, default: 0] += wanted.block.rowCount
    return wanted.block.rowCount
  }
}

extension ReplayReport {
  fileprivate mutating func noteCommit(_ position: UInt64) {
    commits += 1
    toCheckpoint = position
  }
}
