/// A block as a client sent it, on its way to storage: every rule is checked, and what is plain gets encoded.
///
/// Columns are decoded one at a time and let go of, so a block takes the memory of its largest column and of what is
/// stored, not that of all its values.
package struct ReceivedBlock {
  /// What is stored: the very bytes that came if all columns were encoded.
  package var block: EncodedBlock
  package var wasPlain: Bool

  /// Throws what is wrong with the bytes. `payloadHash`: XXH3-64 of them.
  package init(
    _ bytes: [UInt8], payloadHash: UInt64, limits: DecodeLimits = .format
  ) throws(FormatError) {
    let result: Result<ReceivedBlock, FormatError> = bytes.withUnsafeBytes { buffer in
      Result { () throws(FormatError) in
        let parts = try BlockParts(buffer)
        return parts.columns.allSatisfy { $0.encoded != nil }
          ? try Self.checked(bytes, payloadHash, parts, limits) : try Self.encoded(parts, limits)
      }
    }
    self = try result.get()
  }

  private init(block: EncodedBlock, wasPlain: Bool) {
    self.block = block
    self.wasPlain = wasPlain
  }

  private static func checked(
    _ bytes: [UInt8], _ payloadHash: UInt64, _ parts: BlockParts, _ limits: DecodeLimits
  ) throws(FormatError) -> ReceivedBlock {
    var times = TimeRange()
    try visit(parts, limits) { times.add($0) }
    return ReceivedBlock(
      block: EncodedBlock(
        stream: parts.stream, rowCount: parts.rowCount, minTime: times.least, maxTime: times.greatest, bytes: bytes,
        payloadHash: payloadHash),
      wasPlain: false)
  }

  private static func encoded(_ parts: BlockParts, _ limits: DecodeLimits) throws(FormatError) -> ReceivedBlock {
    let encoder = BlockEncoder(effort: .ingest)
    var bytes = encoder.begin(parts.stream, rowCount: parts.rowCount)
    var times = TimeRange()
    try visit(parts, limits) { column in
      times.add(column)
      encoder.append(column, to: &bytes)
    }
    return ReceivedBlock(
      block: try encoder.finish(
        bytes, parts.stream, rowCount: parts.rowCount, minTime: times.least, maxTime: times.greatest),
      wasPlain: true)
  }

  private static func visit(
    _ parts: BlockParts, _ limits: DecodeLimits, _ body: (Column) -> Void
  ) throws(FormatError) {
    if let reserved = parts.columns.first(where: { $0.schema.isRowPosition }) {
      throw FormatError(
        .invalid,
        "column \(reserved.schema.qualifiedName) is written by compaction only; send it under another name or role")
    }
    for column in parts.columns where try !RelatedColumns.names(of: column, rowCount: parts.rowCount).isEmpty {
      // A block is checked a column at a time, so none may need another.
      throw FormatError(
        .unsupported,
        "column \(column.schema.qualifiedName) is computed from others, which compaction only writes; send its values")
    }
    if let known = parts.columns.first(where: { $0.statistics != nil }) {
      // Nobody would have held them to the values, and what reads them would believe them.
      throw FormatError(
        .invalid,
        "column \(known.schema.qualifiedName) has statistics, which compaction only writes; send its values without")
    }
    let isLoss = parts.stream.kind == .loss
    if isLoss { try LossRules.check(schemas: parts.columns.lazy.map(\.schema)) }
    try BlockDecoder.visit(parts, .all, limits) { column throws(FormatError) in
      try BlockValidation.check(column: column, rowCount: parts.rowCount)
      if isLoss { try LossRules.check(column: column) }
      body(column)
    }
  }

  /// Of the time column; both 0 without one.
  private struct TimeRange {
    var least: Int64 = 0
    var greatest: Int64 = 0

    mutating func add(_ column: Column) {
      guard column.schema.role == .time, case .int64(let times) = column.values else { return }
      least = times.min() ?? 0
      greatest = times.max() ?? 0
    }
  }
}
