import HindcastFormat
import HindcastReplay

/// Blocks of model `m` as a log holds them.
enum TestEvents {
  static let start: Int64 = 1_790_000_000_000_000

  /// One row an id, a second apart; `amount` is what `amounts` gives for it.
  static func predictions(_ ids: [String], amounts: [Double?]? = nil, extra: [Column] = []) -> Block {
    block(
      .prediction, ids,
      [column("amount", .feature, amounts ?? ids.indices.map { Double($0) })] + extra)
  }

  static func actuals(_ ids: [String], labels: [Int64?]? = nil) -> Block {
    let labels = labels ?? ids.map { _ in 1 }
    return block(.actual, ids, [column("label", .actual, labels)])
  }

  /// Loss reports, a second apart: so many events each, first lost at the start.
  static func losses(_ counts: [Int64], reason: String = "queue_full") -> Block {
    var block = block(
      .loss, counts.map { _ in "" },
      [
        column("reason", .system, counts.map { _ in reason }),
        column("lost_kind", .system, counts.map { _ in "prediction" }), column("count", .system, counts),
        Column(
          ColumnSchema("first_time", role: .system, type: .timestamp), .int64(counts.map { _ in start })),
      ])
    block.columns.removeAll { $0.schema.role == .id }
    return block
  }

  static func block(_ kind: EventKind, _ ids: [String], _ columns: [Column]) -> Block {
    let common = [
      Column(ColumnSchema("id", role: .id, type: .string), .strings(ByteStrings(ids))),
      Column(
        ColumnSchema("time", role: .time, type: .timestamp),
        .int64(ids.indices.map { start + Int64($0) * 1_000_000 })),
    ]
    return Block(
      stream: StreamKey(kind: kind, model: "m", version: "1", environment: .production), rowCount: ids.count,
      columns: common + columns)
  }

  static func column(_ name: String, _ role: ColumnRole, _ values: [Double?]) -> Column {
    Column(
      ColumnSchema(name, role: role, type: .float64), .float64(values.map { $0 ?? 0 }), validity: validity(values))
  }

  static func column(_ name: String, _ role: ColumnRole, _ values: [Int64?]) -> Column {
    Column(ColumnSchema(name, role: role, type: .int64), .int64(values.map { $0 ?? 0 }), validity: validity(values))
  }

  static func column(_ name: String, _ role: ColumnRole, _ values: [String?]) -> Column {
    Column(
      ColumnSchema(name, role: role, type: .string), .strings(ByteStrings(values.map { $0 ?? "" })),
      validity: validity(values))
  }

  static func validity<Value>(_ values: [Value?]) -> Bitmap? {
    guard values.contains(where: { $0 == nil }) else { return nil }
    var bits = Bitmap()
    for value in values { bits.append(value != nil) }
    return bits
  }

  /// The block as it lies in the journal at a position.
  static func stored(_ block: Block, at position: UInt64) throws -> StoredItem {
    let encoded = try BlockEncoder(effort: .ingest).encode(block)
    return .block(
      StoredBlock(
        position: position, lastPosition: position, bytes: encoded.bytes, payloadHash: encoded.payloadHash))
  }

  /// The block as compaction leaves it, each row with its own position.
  static func archived(_ block: Block, positions: [Int64]) throws -> StoredItem {
    var block = block
    block.columns.append(Column(.rowPosition, .int64(positions)))
    let encoded = try BlockEncoder(effort: .ingest).encode(block)
    return .block(
      StoredBlock(
        position: UInt64(positions.min() ?? 0), lastPosition: UInt64(positions.max() ?? 0), bytes: encoded.bytes,
        payloadHash: encoded.payloadHash))
  }

  /// A journal of these blocks at the positions 1, 2, ..., each followed by its `reached`.
  static func journal(_ blocks: [Block]) throws -> [StoredItem] {
    try blocks.enumerated().flatMap { index, block in
      [try stored(block, at: UInt64(index + 1)), .reached(UInt64(index + 1))]
    }
  }
}

/// A source that holds what it yields, and breaks off after `itemsMax` items as a lost connection would.
struct HeldItems: BlockSource {
  var items: ArraySlice<StoredItem>
  var itemsMax: Int

  struct BrokeOff: Error {}

  init(_ items: [StoredItem], itemsMax: Int = .max) {
    self.items = items[...]
    self.itemsMax = itemsMax
  }

  mutating func next() async throws -> StoredItem? {
    guard !items.isEmpty else { return nil }
    guard itemsMax > 0 else { throw BrokeOff() }
    itemsMax -= 1
    return items.removeFirst()
  }
}
