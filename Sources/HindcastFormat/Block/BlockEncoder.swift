/// How much CPU a writer spends: `ingest` in the request path's process, `compaction` in the background.
package enum EncodeEffort: Sendable { case ingest, compaction }

/// What byte streams are compressed with. Everything can be written with zlib alone; readers read both.
package enum ByteCodec: UInt8, Sendable { case zlib = 1, zstd = 2 }

/// Turns decoded blocks into their stored bytes. Used by one thread at a time; it keeps scratch memory, and may remember
/// which encodings served a column well, so one encoder should see one stream's blocks.
package final class BlockEncoder {
  private let encoder: ColumnEncoder
  private var memories: [ColumnSchema: ColumnMemory] = [:]
  /// Scratch: what stands before the values of the column at hand.
  private var columnHead: [UInt8] = []

  package init(effort: EncodeEffort, codec: ByteCodec = .zstd) {
    encoder = ColumnEncoder(effort: effort, codec: codec)
  }

  /// Validates (names, roles, row counts, UTF-8, limits) and encodes. The same blocks in the same order give the same bytes.
  package func encode(_ block: Block) throws(FormatError) -> EncodedBlock {
    try BlockValidation.check(block)
    guard block.rawByteCount <= Limits.blockRawBytesMax else {
      throw DecodeBudget.valuesExceeded(Limits.blockRawBytesMax)
    }
    var bytes = begin(block.stream, rowCount: block.rowCount)
    var zones: [ColumnZone] = []
    switch encoder.effort {
    case .ingest:
      for column in block.columns { append(column, to: &bytes) }
    case .compaction:
      zones = block.columns.map { ColumnZone($0.schema, ZoneStatistics($0)) }
      for (zone, encoded) in zip(zones, block.rowCount >= RelationSearch.rowsMin ? related(block) : single(block)) {
        append(of: zone.schema, statistics: zone.statistics.packed(), byteCount: encoded.count, to: &bytes) {
          $0 += encoded
        }
      }
    }
    let times = block.times ?? []
    var encoded = try finish(
      bytes, block.stream, rowCount: block.rowCount, minTime: times.min() ?? 0, maxTime: times.max() ?? 0)
    encoded.zones = zones
    return encoded
  }

  /// The bytes of a block to which columns are appended one by one. All of them have been validated.
  func begin(_ stream: StreamKey, rowCount: Int) -> [UInt8] {
    // A stream's columns are few; one whose columns keep changing must not grow the memory without end.
    if memories.count > 2 * Limits.columnsMax { memories.removeAll() }
    var bytes: [UInt8] = []
    bytes.appendBlockHead(stream, rowCount: rowCount)
    return bytes
  }

  func append(_ column: Column, to bytes: inout [UInt8]) {
    encoder.encode(column, memory: &memories[column.schema, default: ColumnMemory()])
    append(of: column.schema, byteCount: encoder.encodedByteCount, to: &bytes) { encoder.appendEncoded(to: &$0) }
  }

  private func append(
    of schema: ColumnSchema, statistics: [UInt8] = [], byteCount: Int, to bytes: inout [UInt8],
    _ appendEncoded: (inout [UInt8]) -> Void
  ) {
    columnHead.removeAll(keepingCapacity: true)
    columnHead.appendColumnHead(schema)
    columnHead.appendField(ColumnField.statistics, bytes: statistics)
    columnHead.appendLength(ColumnField.encoded, byteCount)
    bytes.appendLength(BlockField.columns, columnHead.count + byteCount)
    bytes += columnHead
    appendEncoded(&bytes)
  }

  private func single(_ block: Block) -> [[UInt8]] {
    block.columns.map { column in
      encoder.encode(column, memory: &memories[column.schema, default: ColumnMemory()])
      return encoder.encoded
    }
  }

  /// All columns encoded, each by itself or as a relation to others, whichever is smaller. Where columns could follow from
  /// each other, the relation that promises most is tried first.
  private func related(_ block: Block) -> [[UInt8]] {
    var all = single(block)
    let search = RelationSearch(block)
    var proposals: [(target: Int, candidate: RelationSearch.Candidate, saving: Double)] = []
    // The names of its sources alone take some bytes.
    for (target, column) in block.columns.enumerated()
    where RelationSearch.mayFollow(column.schema) && all[target].count > Self.relatedBytesMin {
      let bits = Double(all[target].count * 8) / Double(block.rowCount)
      proposals += search.candidates(for: target, bits: bits).map { (target, $0, bits - $0.bits) }
    }
    proposals.sort { $0.saving != $1.saving ? $0.saving > $1.saving : $0.target < $1.target }
    var graph = RelationGraph(count: all.count)
    for (target, candidate, _) in proposals
    where !graph.follows(target) && graph.mayFollow(target, from: candidate.sources) {
      let given = candidate.sources.map { block.columns[$0] }
      guard let encoded = encoder.encode(block.columns[target], as: candidate.relation, of: given),
        encoded.count < all[target].count
      else { continue }
      all[target] = encoded
      graph.set(target, follows: candidate.sources)
    }
    return all
  }

  private static let relatedBytesMin = 128

  func finish(
    _ bytes: [UInt8], _ stream: StreamKey, rowCount: Int, minTime: Int64, maxTime: Int64
  ) throws(FormatError) -> EncodedBlock {
    guard bytes.count <= Limits.blockBytesMax else {
      throw FormatError(
        .overLimit, "block of \(bytes.count) bytes encoded; the most is \(Limits.blockBytesMax). Use fewer rows")
    }
    return EncodedBlock(
      stream: stream, rowCount: rowCount, minTime: minTime, maxTime: maxTime, bytes: bytes,
      payloadHash: Checksum.xxh3(bytes))
  }
}
