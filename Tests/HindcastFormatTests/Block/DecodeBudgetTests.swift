import Testing

@testable import HindcastFormat

/// What a small block can make a reader do.
struct DecodeBudgetTests {
  private static func varint(_ value: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVarint(value)
    return bytes
  }

  private static func block(
    _ rows: Int, type: ColumnType, tree: [UInt8], data: [UInt8], columns: Int = 1
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendBlockHead(StreamKey(kind: .loss, model: "m", version: "", environment: .production), rowCount: rows)
    for index in 0..<columns {
      var column: [UInt8] = []
      column.appendColumnHead(ColumnSchema("c\(index)", role: .feature, type: type))
      column.appendField(ColumnField.encoded, bytes: varint(rows) + varint(tree.count) + tree + data)
      bytes.appendField(BlockField.columns, bytes: column)
    }
    return bytes
  }

  private static func error(_ bytes: [UInt8], rawBytesMax: Int = Limits.blockRawBytesMax) -> FormatError? {
    thrown { () throws(FormatError) in
      _ = try BlockDecoder.decode(bytes, limits: DecodeLimits(valueBytesMax: rawBytesMax))
    }
  }

  /// The elements' own data is missing: whoever gets as far as that finds the bytes truncated.
  @Test(
    "values over the limit are refused before they are made", arguments: [ColumnType.doubleList, .stringList, .string])
  func refusedAtOnce(type: ColumnType) {
    let perRow = type == .stringList ? 70 : type == .doubleList ? 40 : 300
    let rows = Limits.rowsMax
    let constant = EncodingStep.constant.rawValue
    var data: [UInt8] = []
    data.appendZigzag(Int64(perRow))
    let tree: [UInt8] =
      switch type {
      case .doubleList: [EncodingStep.list.rawValue, constant, EncodingStep.float64Ordered.rawValue, constant]
      case .stringList:
        [EncodingStep.list.rawValue, constant, EncodingStep.textPlain.rawValue, constant, EncodingStep.fill.rawValue]
      default: [EncodingStep.textPlain.rawValue, constant, EncodingStep.fill.rawValue]
      }
    let error = Self.error(Self.block(rows, type: type, tree: tree, data: data))
    #expect(error?.code == .overLimit)
    #expect(error?.message.contains("values of the block") == true)
  }

  /// Dictionaries of dictionaries, each of as many entries as rows: 63 arrays for one that comes out.
  @Test("many columns that each take much memory for few values are refused together")
  func workOfManyColumns() throws {
    let rows = 1 << 16
    func tree(_ depth: Int) -> [UInt8] {
      depth == 0
        ? [EncodingStep.constant.rawValue] : [EncodingStep.dictionary.rawValue] + tree(depth - 1) + tree(depth - 1)
    }
    func data(_ depth: Int) -> [UInt8] { depth == 0 ? [0] : Self.varint(rows) + data(depth - 1) + data(depth - 1) }
    func block(_ columns: Int) -> [UInt8] {
      Self.block(rows, type: .bool, tree: tree(5), data: data(5), columns: columns)
    }
    let rawBytesMax = 16 << 20
    #expect(Self.error(block(1), rawBytesMax: rawBytesMax) == nil)
    let error = Self.error(block(8), rawBytesMax: rawBytesMax)
    #expect(error?.code == .overLimit)
    #expect(error?.message.contains("worth") == true)
    #expect(block(8).count < 5_000)
  }

  @Test("more steps than there may be are refused when they are shown")
  func steps() {
    // Planes of planes: each names 255 steps below it.
    var tree: [UInt8] = []
    for _ in 0..<5 { tree += [EncodingStep.bytePlanes.rawValue, 255] }
    tree += [UInt8](repeating: EncodingStep.raw.rawValue, count: 2_000)
    let bytes = Self.block(1, type: .int64, tree: tree, data: [])
    let error = thrown { () throws(FormatError) in _ = try BlockDecoder.summary(bytes) }
    #expect(error?.code == .overLimit)
    #expect(error?.message.contains("1024 encoding steps") == true)
  }

  /// Writers must stay well below what readers allow, or a block could be written that cannot be read.
  @Test("what our own blocks take is less than three quarters of what they may", arguments: 0..<12)
  func writersStayBelow(seed: Int) throws {
    var random = RandomColumns(seed: UInt64(seed))
    let columns = seed == 0 ? HostileBytesTests.columns() : random.block(rowCount: 600).columns
    for effort in [EncodeEffort.ingest, .compaction] {
      for codec in [ByteCodec.zlib, .zstd] {
        let encoder = ColumnEncoder(effort: effort, codec: codec)
        for column in columns {
          let bytes = encode(column, with: encoder)
          var budget = DecodeBudget()
          let before = budget.work
          try bytes.withUnsafeBytes { buffer in
            _ = try ColumnDecoder.decode(
              buffer, schema: column.schema, rowCount: column.rowCount, budget: &budget, compressor: ByteCompressor())
          }
          let allowed = Self.allowed(column)
          let taken = before + allowed - budget.work
          #expect(taken * 4 <= allowed * 3, "\(column.schema): \(taken) of \(allowed) bytes")
        }
      }
    }
  }

  private static func allowed(_ column: Column) -> Int {
    var values = column.rowCount * max(column.schema.dimension, 1)
    var textBytes = 0
    switch column.values {
    case .strings(let strings): textBytes = strings.bytes.count
    case .stringList(_, let elements):
      values += elements.count
      textBytes = elements.bytes.count
    case .doubleList(_, let elements): values += elements.count
    default: break
    }
    return values * Limits.decodeWorkBytesPerValue + textBytes * Limits.decodeWorkBytesPerTextByte
  }
}
