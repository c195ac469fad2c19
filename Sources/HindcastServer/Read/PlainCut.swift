internal import HindcastFormat

/// A decoded block on its way out as plain blocks of a bounded size. Only the piece at hand is packed, so a reader that is
/// slow holds the block once.
struct PlainCut {
  private let block: Block
  /// nil: all rows.
  private let rows: [Int]?
  private let stored: (position: UInt64, lastPosition: UInt64)
  private let hasHash: Bool
  private let rowsPerPiece: Int
  private var nextRow = 0

  /// nil if there is no row to send.
  init?(_ block: Block, rows: [Int]?, stored: StoredBlock, hasHash: Bool, pieceBytes: Int) {
    guard rows?.isEmpty != true, block.rowCount > 0 else { return nil }
    self.block = block
    self.rows = rows
    self.stored = (stored.position, stored.lastPosition)
    self.hasHash = hasHash
    // Equal cuts by the mean size of a row; a row that is large by itself still goes as one block.
    rowsPerPiece = max(1, pieceBytes / max(1, block.rawByteCount / block.rowCount))
    nextByteCount = min(pieceBytes, block.rawByteCount)
  }

  var position: UInt64 { stored.position }
  /// About what the next piece has.
  let nextByteCount: Int

  private var rowCount: Int { rows?.count ?? block.rowCount }
  var isAtEnd: Bool { nextRow >= rowCount }

  mutating func next() throws(FormatError) -> StoredBlock {
    let end = min(nextRow + rowsPerPiece, rowCount)
    let isWhole = end - nextRow == block.rowCount
    let piece = isWhole ? block : block.taking(rows: rows.map { Array($0[nextRow..<end]) } ?? Array(nextRow..<end))
    let bytes = try PlainBlock.pack(piece)
    nextRow = end
    return StoredBlock(
      position: stored.position, lastPosition: stored.lastPosition, bytes: bytes,
      payloadHash: hasHash ? Checksum.xxh3(bytes) : 0)
  }
}
