internal import HindcastFormat
internal import HindcastWire

/// In which form stored blocks leave the server.
struct ReadForm: Sendable {
  let choice: ColumnChoice
  let conditions: [ColumnCondition]
  let isPlain: Bool
  let plainBlockBytes: Int

  init(_ request: ReadRequest, limits: ServerLimits) {
    choice = request.choice
    conditions = request.query.conditions
    isPlain = request.isPlain
    plainBlockBytes = limits.plainBlockBytes
  }

  /// The block as it is sent: untouched, or with its chosen columns only, and those of the conditions (their bytes untouched).
  func block(of stored: StoredBlock) throws(FormatError) -> StoredBlock {
    guard choice != .all else { return stored }
    var chosen = stored
    chosen.bytes = try ColumnSelection.select(stored.bytes, choice: choice.adding(conditions))
    chosen.payloadHash = 0
    return chosen
  }

  /// The rows that `query` wants in plain columns, to be sent piece by piece; nil if no row is wanted.
  func cut(
    of stored: StoredBlock, for query: ReadQuery, limits: DecodeLimits
  ) throws(FormatError) -> PlainCut? {
    var block = try BlockDecoder.decode(stored.bytes, choice: choice.adding(conditions), limits: limits)
    var rows = Self.wantedRows(of: block, stored: stored, query)
    if !conditions.isEmpty {
      let mask = try conditions.mask(block)
      rows = (rows ?? Array(0..<block.rowCount)).filter { mask[$0] }
      block.columns.removeAll { !choice.includes($0.schema) }
    }
    return PlainCut(
      block, rows: rows, stored: stored, hasHash: choice == .all && conditions.isEmpty, pieceBytes: plainBlockBytes)
  }

  /// The rows inside the query's ranges of time and positions; nil: all of them.
  private static func wantedRows(of block: Block, stored: StoredBlock, _ query: ReadQuery) -> [Int]? {
    let times = query.times == nil ? nil : block.times
    var positions: [Int64]?
    let isWithin =
      stored.position >= query.fromPosition && query.toPosition.map { stored.lastPosition < $0 } ?? true
    if !isWithin, let column = block.column(.system, ColumnName.position), case .int64(let values) = column.values {
      positions = values
    }
    if times == nil, positions == nil { return nil }
    return (0..<block.rowCount).filter { row in
      if let times, let range = query.times, !range.contains(times[row]) { return false }
      if let positions {
        let position = UInt64(bitPattern: positions[row])
        if position < query.fromPosition { return false }
        if let end = query.toPosition, position >= end { return false }
      }
      return true
    }
  }
}
