package import HindcastFormat

/// Which rows of a block are wanted. Sources choose blocks whole; every consumer drops the rest of the rows by this.
package struct RowRange: Sendable, Equatable {
  /// Lowest position wanted.
  package var fromPosition: UInt64
  /// First position no longer wanted; nil: no bound.
  package var toPosition: UInt64?
  /// Event time in microseconds since 1970 UTC, half open; nil: no bound. Blocks without a time column pass.
  package var times: Range<Int64>?

  /// The rows that the query asks for, except those at or below the checkpoint: they were delivered before.
  package init(_ query: ReadQuery, after checkpoint: UInt64 = 0) {
    let (next, overflows) = checkpoint.addingReportingOverflow(1)
    fromPosition = max(query.fromPosition, overflows ? .max : next)
    toPosition = query.toPosition
    times = query.times
  }

  package func contains(_ position: UInt64) -> Bool {
    position >= fromPosition && toPosition.map { position < $0 } ?? true
  }

  /// The wanted rows, or nil if all are.
  package func mask(_ block: Block, _ positions: RowPositions) -> Bitmap? {
    var mask = Bitmap(repeating: true, count: block.rowCount)
    switch positions {
    case .same(let position): if !contains(position) { mask = Bitmap(repeating: false, count: block.rowCount) }
    case .each(let each):
      for (row, position) in each.enumerated() where !contains(UInt64(bitPattern: position)) { mask[row] = false }
    }
    if let times, let rowTimes = block.times {
      for (row, time) in rowTimes.enumerated() where !times.contains(time) { mask[row] = false }
    }
    return mask.setCount == block.rowCount ? nil : mask
  }
}

extension ReplayRows {
  /// The rows of `mask`; all of them if it is nil.
  package func filtered(by mask: Bitmap?) -> ReplayRows {
    guard let mask else { return self }
    let positions: RowPositions =
      switch positions {
      case .same: positions
      case .each(let each): .each(each.enumerated().filter { mask[$0.offset] }.map(\.element))
      }
    return ReplayRows(block: block.filtered(by: mask), positions: positions)
  }

  /// A decoded block and the positions of its rows, which leave it: from the system column `position` where compaction
  /// has put one, else the block's own. Throws `damagedSource` if they cannot be right.
  package init(_ block: Block, from stored: StoredBlock) throws(ReplayError) {
    var block = block
    let index = block.columns.firstIndex { $0.schema.role == .system && $0.name == ColumnName.position }
    guard let index else {
      guard stored.position == stored.lastPosition else {
        throw ReplayError(
          .damagedSource,
          "the block with positions \(stored.position) to \(stored.lastPosition) has no column that says which row has "
            + "which; run `hindcast verify`")
      }
      self.init(block: block, positions: .same(stored.position))
      return
    }
    let column = block.columns.remove(at: index)
    guard case .int64(let positions) = column.values, column.nullCount == 0,
      positions.allSatisfy({ $0 >= 0 && UInt64($0) >= stored.position && UInt64($0) <= stored.lastPosition })
    else {
      throw ReplayError(
        .damagedSource,
        "the block with positions \(stored.position) to \(stored.lastPosition) has a row whose position lies outside; "
          + "run `hindcast verify`")
    }
    self.init(block: block, positions: .each(positions))
  }
}
