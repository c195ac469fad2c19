internal import HindcastFormat

/// Writes one archive file under a temporary name: sorted blocks, footer, trailer; durable when `finish` returns.
struct ArchiveWriter {
  let id: UInt64
  let temporaryPath: String
  private let file: any DiskFile
  private let options: LogStoreOptions
  private let durablePosition: UInt64
  private var offset: UInt64
  private var streams = StreamTable()
  private var footer = FileFooter()

  init(
    path: String, id: UInt64, logID: LogID, disk: any Disk, options: LogStoreOptions, durablePosition: UInt64
  ) throws(StorageError) {
    self.id = id
    self.options = options
    self.durablePosition = durablePosition
    let temporaryPath = path + FileNames.temporarySuffix
    self.temporaryPath = temporaryPath
    let header = FrameWriting.fileHeader(fileID: id, logID: logID, created: options.now(), firstPosition: 0)
    file = try onDisk { () throws(DiskError) in
      let file = try disk.open(temporaryPath, .replace)
      try file.write(header, at: 0)
      return file
    }
    offset = UInt64(header.count)
  }

  /// Rows of one stream whose schemas fit together. Returns the rows that were left out as exact duplicates, and the rows
  /// hash of those that were written, both as computed from the pieces.
  mutating func write(_ pieces: [DayPartition.Piece]) throws(StorageError) -> (duplicates: Int, rowsHash: UInt64) {
    let block: Block
    do throws(FormatError) { block = try Block.concatenating(pieces.map(\.block)) } catch {
      throw StorageError(error, in: temporaryPath)
    }
    let sums = pieces.flatMap(\.sums)
    let (order, duplicates) = RowOrder.rows(of: block, sums: sums)
    var expected = pieces.reduce(UInt64(0)) { $0 &+ RowHash.total(of: $1.block, sums: $1.sums) }
    if !duplicates.isEmpty {
      expected &-= RowHash.total(of: block.taking(rows: duplicates), sums: duplicates.map { sums[$0] })
    }
    // Readers hold a block in memory at a time: wide rows make blocks of fewer rows.
    let bytesPerRow = max(1, block.rawByteCount / max(1, block.rowCount))
    let rowsPerBlock = max(1, min(options.archiveBlockRows, Self.blockRawBytesMax / bytesPerRow))
    let encoder = BlockEncoder(effort: .compaction, codec: options.archiveCodec)
    var start = 0
    while start < order.count {
      let end = min(start + rowsPerBlock, order.count)
      try write(block, rows: Array(order[start..<end]), encoder)
      start = end
    }
    return (duplicates.count, expected)
  }

  private mutating func write(_ block: Block, rows: [Int], _ encoder: BlockEncoder) throws(StorageError) {
    let taken = block.taking(rows: rows)
    let encoded: EncodedBlock
    do throws(FormatError) { encoded = try encoder.encode(taken) } catch {
      guard error.code == .overLimit, rows.count > 1 else { throw StorageError(error, in: temporaryPath) }
      try write(block, rows: Array(rows[..<(rows.count / 2)]), encoder)
      try write(block, rows: Array(rows[(rows.count / 2)...]), encoder)
      return
    }
    try append(encoded, positions: taken.rowPositions ?? 0...0)
  }

  private mutating func append(_ block: EncodedBlock, positions: ClosedRange<UInt64>) throws(StorageError) {
    let header = FrameHeader(
      type: .block, payloadLength: UInt32(block.bytes.count), segment: id, position: positions.lowerBound,
      lastPosition: positions.upperBound, durablePosition: durablePosition,
      modelReference: Checksum.xxh3(block.stream.model), rows: UInt32(block.rowCount),
      kind: block.stream.kind.rawValue, environment: block.stream.environment.rawValue, minTime: block.minTime,
      maxTime: block.maxTime, payloadHash: block.payloadHash)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(header.frameByteCount)
    header.append(to: &bytes)
    bytes += block.bytes
    bytes += repeatElement(0, count: header.frameByteCount - bytes.count)
    let (file, offset) = (file, offset)
    try onDisk { () throws(DiskError) in try file.write(bytes, at: offset) }
    footer.frames.append(FrameEntry(header, offset: offset, stream: streams.number(of: block.stream)))
    footer.zones.append(block.zones)
    footer.rows += UInt64(block.rowCount)
    self.offset += UInt64(bytes.count)
  }

  /// Seals the file. `rowsHash` is what the inputs add up to.
  mutating func finish(rowsHash: UInt64) throws(StorageError) -> (footer: FileFooter, byteCount: UInt64) {
    footer.streams = streams.streams
    footer.contentHash = FileFooter.contentHash(of: footer.frames)
    footer.rowsHash = rowsHash
    let bytes = FrameWriting.ending(footer: footer, fileID: id, offset: offset, durablePosition: durablePosition)
    let (file, offset) = (file, offset)
    try onDisk { () throws(DiskError) in
      try file.write(bytes, at: offset)
      try file.sync()
    }
    return (footer, offset + UInt64(bytes.count))
  }

  private static let blockRawBytesMax = 64 << 20
}
