internal import HindcastFormat

/// One row whose only feature is random bytes, so that the frame has about `frameBytes` whatever encodes it.
func randomBlock(frameBytes: Int, seed: UInt64) throws -> EncodedBlock {
  let stream = StreamKey(kind: .prediction, model: "benchmark", version: "1", environment: .validation)
  var builder = BlockBuilder(stream: stream)
  let id = try builder.column(ColumnSchema(ColumnName.id, role: .id, type: .string))
  let time = try builder.column(ColumnSchema(ColumnName.time, role: .time, type: .timestamp))
  let body = try builder.column(ColumnSchema("body", role: .feature, type: .bytes))
  var state = seed
  let bytes = (0..<max(1, frameBytes - 320)).map { _ in
    // Numerical Recipes' linear congruential generator; its high bits are random enough not to compress.
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 56)
  }
  builder.append("\(seed)", to: id)
  builder.append(1_790_000_000_000_000 + Int64(seed), to: time)
  builder.append(bytes, to: body)
  builder.endRow()
  return try BlockEncoder(effort: .ingest).encode(builder.take())
}
