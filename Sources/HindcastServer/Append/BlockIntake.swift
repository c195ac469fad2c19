internal import GRPCCore
internal import HindcastFormat
internal import HindcastWire

/// Turns a received block into one that may be stored, or says why not. Pure computation, for the validation threads.
///
/// A block whose columns are all encoded is stored byte for byte as it came. If any column is plain, the block is decoded
/// and encoded here.
struct BlockIntake: Sendable {
  let counters: ServerCounters

  func check(_ request: AppendRequest) throws(Refusal) -> EncodedBlock {
    guard !request.block.isEmpty else {
      throw refusal(.rejectedInvalid, "the request carries no block; set `block`")
    }
    guard request.block.count <= Limits.blockBytesMax else {
      throw refusal(
        .rejectedOverLimit,
        "the block has \(request.block.count) bytes, more than \(Limits.blockBytesMax); send fewer rows a block")
    }
    let hash = Checksum.xxh3(request.block)
    guard request.payloadHash == 0 || request.payloadHash == hash else {
      throw refusal(
        .rejectedChecksum,
        "the block's payload_hash is \(hex(request.payloadHash)), but its \(request.block.count) bytes hash to \(hex(hash)): they were damaged on the way, or hashed before they were final; payload_hash is XXH3-64 of the bytes of `block`"
      )
    }
    do throws(FormatError) {
      return try decodeAndCheck(request.block, hash: hash)
    } catch {
      throw refusal(counter(for: error.code), "the block is refused: \(error.message)")
    }
  }

  private func decodeAndCheck(_ bytes: [UInt8], hash: UInt64) throws(FormatError) -> EncodedBlock {
    let summary = try BlockDecoder.summary(bytes)
    if let reserved = summary.columns.first(where: {
      $0.schema.role == .system && $0.schema.name == ColumnName.position
    }) {
      throw FormatError(
        .invalid,
        "column \(reserved.schema.qualifiedName) is written by compaction only; send it under another name or role")
    }
    let block = try BlockDecoder.decode(bytes)
    try BlockValidation.check(block)
    guard summary.columns.allSatisfy(\.isEncoded) else {
      counters.add(.plainBlocksEncoded)
      return try BlockEncoder(effort: .ingest).encode(block)
    }
    let times = block.times ?? []
    return EncodedBlock(
      stream: block.stream, rowCount: block.rowCount, minTime: times.min() ?? 0, maxTime: times.max() ?? 0,
      bytes: bytes, payloadHash: hash)
  }

  private func refusal(_ counter: ServerCounters.Name, _ message: String) -> Refusal {
    counters.add(counter)
    return Refusal(.invalidArgument, message)
  }

  private func counter(for code: FormatError.Code) -> ServerCounters.Name {
    switch code {
    case .truncated: .rejectedTruncated
    case .corrupt: .rejectedCorrupt
    case .overLimit: .rejectedOverLimit
    case .unsupported: .rejectedUnsupported
    default: .rejectedInvalid
    }
  }

  private func hex(_ hash: UInt64) -> String {
    let digits = String(hash, radix: 16)
    return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
  }
}
