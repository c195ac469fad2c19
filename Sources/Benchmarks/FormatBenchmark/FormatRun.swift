internal import HindcastFormat

/// Encodes and decodes blocks some times over, in memory, and keeps the median of each, in the thread's own time: others that
/// use the machine do not count.
///
/// What others are compared with has no ids, so these blocks have none: their kind is one that may go without. Reading
/// some columns of a block of predictions brings ids and times along, which is measured apart.
struct FormatRun {
  struct Column {
    var name: String
    var byteCount: Int
    /// What it was most often encoded as.
    var encoding: String
  }

  private(set) var rowCount = 0
  private(set) var blockCount = 0
  /// As plain arrays in memory.
  private(set) var rawByteCount = 0
  private(set) var byteCount = 0
  /// With the frame that each block has on a disk.
  private(set) var framedByteCount = 0
  private(set) var encodeSeconds = 0.0
  private(set) var decodeSeconds = 0.0
  /// Of the chosen columns and nothing else.
  private(set) var chosenSeconds = 0.0
  /// Of the chosen columns with ids and times, as a reader gets them.
  private(set) var chosenAsReadSeconds = 0.0
  /// Largest first.
  private(set) var columns: [Column] = []

  init(_ given: [Block], _ effort: EncodeEffort, _ codec: ByteCodec, choice: ColumnChoice, rounds: Int) throws {
    func encode(_ blocks: [Block]) throws -> [[UInt8]] {
      let encoder = BlockEncoder(effort: effort, codec: codec)
      return try blocks.map { try encoder.encode($0).bytes }
    }
    let blocks = given.map { $0.without([.id]) }
    rowCount = blocks.reduce(0) { $0 + $1.rowCount }
    blockCount = blocks.count
    rawByteCount = blocks.reduce(0) { $0 + $1.rawByteCount }
    let chosen = try encode(given.map { $0.without([.id, .time]) })
    let chosenAsRead = try encode(given)
    var encoded: [[UInt8]] = []
    var times: [[Double]] = [[], [], [], []]
    for _ in 0..<rounds {
      encoded.removeAll()
      times[0].append(try threadSeconds { encoded = try encode(blocks) })
      times[1].append(try threadSeconds { try decode(encoded, .all) })
      times[2].append(try threadSeconds { try decode(chosen, choice) })
      times[3].append(try threadSeconds { try decode(chosenAsRead, choice) })
    }
    encodeSeconds = median(times[0])
    decodeSeconds = median(times[1])
    chosenSeconds = median(times[2])
    chosenAsReadSeconds = median(times[3])
    try check(encoded, blocks)
  }

  private func decode(_ encoded: [[UInt8]], _ choice: ColumnChoice) throws {
    var rows = 0
    for bytes in encoded { rows += try BlockDecoder.decode(bytes, choice: choice).rowCount }
    precondition(rows == rowCount)
  }

  /// Counts the bytes, and that they are the blocks.
  private mutating func check(_ encoded: [[UInt8]], _ blocks: [Block]) throws {
    var places: [String: (byteCount: Int, encodings: [String: Int])] = [:]
    for (bytes, block) in zip(encoded, blocks) {
      let decoded = try BlockDecoder.decode(bytes)
      precondition(decoded == block, "a block did not come back as it was")
      byteCount += bytes.count
      let alignment = FrameHeader.alignment
      framedByteCount += FrameHeader.byteCount + (bytes.count + alignment - 1) / alignment * alignment
      for column in try BlockDecoder.summary(bytes).columns {
        places[column.schema.qualifiedName, default: (0, [:])].byteCount += column.byteCount
        places[column.schema.qualifiedName]?.encodings[column.encoding, default: 0] += 1
      }
    }
    columns = places.map { name, place in
      let usual = place.encodings.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
      return Column(name: name, byteCount: place.byteCount, encoding: usual)
    }
    columns.sort { ($1.byteCount, $0.name) < ($0.byteCount, $1.name) }
  }
}

extension Block {
  /// The block without columns of these roles, as a kind of block that needs neither ids nor times.
  fileprivate func without(_ roles: Set<ColumnRole>) -> Block {
    var block = self
    block.stream.kind = .attribution
    block.columns.removeAll { roles.contains($0.schema.role) }
    return block
  }
}
