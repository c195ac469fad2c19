internal import HindcastFormat

/// What must hold for bytes that decode to a block.
enum BlockProperties {
  /// What a decoder may hold of one input: the fuzzer tries small blocks by the million, and the limits' own test tries
  /// those of full size.
  static let rawBytesMax = 1 << 20

  static func decode(_ bytes: [UInt8]) -> Block? {
    accepted { () throws(FormatError) in
      try BlockDecoder.decode(bytes, limits: DecodeLimits(valueBytesMax: rawBytesMax))
    }
  }

  static func check(_ block: Block, of bytes: [UInt8]) throws(Violation) {
    try demanded("a decoded block breaks the rules") { () throws(FormatError) in try BlockValidation.check(block) }
    for column in block.columns {
      try require(
        column.rowCount == block.rowCount,
        "column \(column.schema.qualifiedName) has \(column.rowCount) rows, its block \(block.rowCount)")
      if let validity = column.validity {
        try require(validity.count == block.rowCount, "a validity of \(validity.count) rows, not \(block.rowCount)")
      }
    }
    // Of any block: its columns may have these names, too.
    let reports = LossReports(block)
    for row in 0..<block.rowCount { _ = reports[row] }
    try require(block.rawByteCount <= rawBytesMax, "\(block.rawByteCount) bytes of values, over the limit")
    try checkViews(block, of: bytes)
  }

  /// What the other readers of the same bytes say.
  private static func checkViews(_ block: Block, of bytes: [UInt8]) throws(Violation) {
    let summary = try demanded("a block decodes, but has no summary") { () throws(FormatError) in
      try BlockDecoder.summary(bytes)
    }
    try require(
      summary.stream == block.stream && summary.rowCount == block.rowCount
        && summary.columns.map(\.schema) == block.columns.map(\.schema), "the summary is of another block")
    let head = bytes.withUnsafeBytes { buffer in
      accepted { () throws(FormatError) in try BlockHead.stream(of: buffer) }
    }
    try require(head == block.stream, "a scan files the block under \(head.map { "\($0)" } ?? "nothing")")
    guard let some = block.columns.last else { return }
    let choice = ColumnChoice.named([some.schema.qualifiedName])
    let selected = try demanded("a block decodes, but columns cannot be selected") { () throws(FormatError) in
      try ColumnSelection.select(bytes, choice: choice)
    }
    let expected = block.columns.filter { choice.includes($0.schema) }
    let chosen = try demanded("selected columns do not decode") { () throws(FormatError) in
      try BlockDecoder.decode(selected)
    }
    try require(sameBits(chosen.columns, expected), "selected columns differ from the block's")
    try require(chosen.stream == block.stream && chosen.rowCount == block.rowCount, "a selection changed the head")
  }

  /// Encoding what was decoded, and decoding that again, gives the same to the last bit.
  static func checkRoundTrip(_ block: Block, effort: EncodeEffort, codec: ByteCodec) throws(Violation) {
    let encoded = try demanded("a decoded block cannot be encoded") { () throws(FormatError) in
      try BlockEncoder(effort: effort, codec: codec).encode(block)
    }
    try checkSame(encoded.bytes, block, "encoded (\(effort), \(codec))")
    let times = block.times ?? []
    try require(
      encoded.minTime == times.min() ?? 0 && encoded.maxTime == times.max() ?? 0
        && encoded.payloadHash == Checksum.xxh3(encoded.bytes), "an encoded block's times or hash are wrong")
    let plain = try demanded("a decoded block cannot be packed") { () throws(FormatError) in try PlainBlock.pack(block)
    }
    try checkSame(plain, block, "packed")
  }

  private static func checkSame(_ bytes: [UInt8], _ block: Block, _ how: String) throws(Violation) {
    let again = try demanded("\(how) again, a block does not decode") { () throws(FormatError) in
      try BlockDecoder.decode(bytes)
    }
    try require(
      again.stream == block.stream && again.rowCount == block.rowCount && sameBits(again.columns, block.columns),
      "\(how) again, a block is another")
  }

  /// Equality by bits, so that a NaN equals itself and 0 differs from -0.
  static func sameBits(_ some: [Column], _ others: [Column]) -> Bool {
    some.count == others.count && zip(some, others).allSatisfy(sameBits)
  }

  private static func sameBits(_ one: Column, _ other: Column) -> Bool {
    guard one.schema == other.schema, nulls(one) == nulls(other) else { return false }
    switch (one.values, other.values) {
    case (.float32(let values), .float32(let others)): return values.map(\.bitPattern) == others.map(\.bitPattern)
    case (.float64(let values), .float64(let others)): return values.map(\.bitPattern) == others.map(\.bitPattern)
    case (.doubleList(let offsets, let values), .doubleList(let otherOffsets, let others)):
      return offsets == otherOffsets && values.map(\.bitPattern) == others.map(\.bitPattern)
    default: return one.values == other.values
    }
  }

  /// nil where every row has a value, whether or not a bitmap says so.
  private static func nulls(_ column: Column) -> Bitmap? { column.nullCount == 0 ? nil : column.validity }
}
