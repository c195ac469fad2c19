internal import HindcastFormat
internal import HindcastWire

/// In which form stored blocks leave the server.
struct ReadForm: Sendable {
  let choice: ColumnChoice
  let isPlain: Bool
  let plainBlockBytes: Int

  init(_ request: ReadRequest, limits: ServerLimits) {
    choice = request.choice
    isPlain = request.isPlain
    plainBlockBytes = limits.plainBlockBytes
  }

  /// The block as it is sent: untouched, with its chosen columns only (their bytes untouched), or as plain blocks with
  /// the rows that `query` wants, none if it wants none.
  func blocks(of stored: StoredBlock, for query: ReadQuery) throws(FormatError) -> [StoredBlock] {
    if isPlain { return try plainBlocks(of: stored, for: query) }
    guard choice != .all else { return [stored] }
    var chosen = stored
    chosen.bytes = try ColumnSelection.select(stored.bytes, choice: choice)
    chosen.payloadHash = 0
    return [chosen]
  }

  private func plainBlocks(of stored: StoredBlock, for query: ReadQuery) throws(FormatError) -> [StoredBlock] {
    var block = try BlockDecoder.decode(stored.bytes, choice: choice)
    if let rows = Self.wantedRows(of: block, stored: stored, query) { block = block.taking(rows: rows) }
    guard block.rowCount > 0 else { return [] }
    // Equal cuts by the mean size of a row; a row that is large by itself still goes as one block.
    let rowBytes = max(1, block.rawByteCount / block.rowCount)
    let rowsPerBlock = max(1, plainBlockBytes / rowBytes)
    var blocks: [StoredBlock] = []
    for first in stride(from: 0, to: block.rowCount, by: rowsPerBlock) {
      let rows = first..<min(first + rowsPerBlock, block.rowCount)
      let bytes = try PlainBlock.pack(rows.count == block.rowCount ? block : block.taking(rows: Array(rows)))
      blocks.append(
        StoredBlock(
          position: stored.position, lastPosition: stored.lastPosition, bytes: bytes,
          payloadHash: choice == .all ? Checksum.xxh3(bytes) : 0))
    }
    return blocks
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
