internal import HindcastFormat

/// Blocks to send. A row is a function of its number and stream alone, so that rows can be repeated exactly.
enum SimulatedBlocks {
  static let models = ["fraud", "Loans/eu"]
  /// Of the earliest row, in microseconds since 1970 UTC.
  static let firstTime: Int64 = 1_541_000_000_000_000

  /// Nothing but a head and filler, in a field that readers pass over: the journal takes payloads as they are, and an archive
  /// keeps one row without a column. Many times faster than a block with columns.
  static func headOnly(_ number: Int, fillerBytes: Int) -> EncodedBlock {
    let stream = StreamKey(kind: .loss, model: models[number % 2], version: "", environment: .production)
    var bytes: [UInt8] = [0x08, stream.kind.rawValue]
    func field(_ key: UInt8, _ value: [UInt8]) {
      bytes.append(key)
      var count = value.count
      while count >= 0x80 {
        bytes.append(UInt8(count & 0x7f) | 0x80)
        count >>= 7
      }
      bytes.append(UInt8(count))
      bytes.append(contentsOf: value)
    }
    field(0x12, Array(stream.model.utf8))
    bytes += [0x20, stream.environment.rawValue, 0x28, 1]
    field(0x7a, (0..<fillerBytes).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number &* 7) } + Array("#\(number)".utf8))
    return EncodedBlock(
      stream: stream, rowCount: 1, minTime: 0, maxTime: 0, bytes: bytes, payloadHash: Checksum.xxh3(bytes))
  }

  /// Predictions or actuals with these rows.
  static func block(_ stream: StreamKey, rows: [Int]) -> EncodedBlock {
    var builder = BlockBuilder(stream: stream)
    func column(_ name: String, _ role: ColumnRole, _ type: ColumnType) -> Int {
      guard let column = try? builder.column(ColumnSchema(name, role: role, type: type)) else {
        preconditionFailure("the schema is fixed and valid")
      }
      return column
    }
    let id = column(ColumnName.id, .id, .string)
    let time = column(ColumnName.time, .time, .timestamp)
    let isPrediction = stream.kind == .prediction
    let amount = isPrediction ? column("amount", .feature, .float64) : column(ColumnName.value, .actual, .float64)
    let city = isPrediction ? column("city", .feature, .string) : column(ColumnName.source, .system, .string)
    for row in rows {
      builder.append("row-\(row)", to: id)
      // Three days, out of order.
      builder.append(firstTime + Int64(row * 7 % 3) * 86_400_000_000 + Int64(row % 50) * 1_000, to: time)
      if row % 5 != 0 { builder.append(Double(row) * 1.25, to: amount) }
      builder.append(["Berlin", "Lima", "Oslo"][row % 3], to: city)
      builder.endRow()
    }
    guard let encoded = try? BlockEncoder(effort: .ingest, codec: .zlib).encode(builder.take()) else {
      preconditionFailure("the block is valid")
    }
    return encoded
  }

  static func rows(of block: EncodedBlock) -> [RowKeys.Row] {
    guard let decoded = try? BlockDecoder.decode(block.bytes) else { preconditionFailure("the block is valid") }
    return RowKeys.rows(of: decoded)
  }
}
