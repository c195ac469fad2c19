internal import GRPCCore
internal import HindcastFormat
internal import HindcastWire

/// Turns a received block into one that may be stored, or says why not. Pure computation, for the validation threads.
///
/// A block whose columns are all encoded is stored byte for byte as it came. If any column is plain, the block is decoded
/// and encoded here.
struct BlockIntake: Sendable {
  let counters: ServerCounters
  let decoding: DecodeShares

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
      let received = try decoding.run { limits throws(FormatError) in
        try ReceivedBlock(request.block, payloadHash: hash, limits: limits)
      }
      if received.wasPlain { counters.add(.plainBlocksEncoded) }
      return received.block
    } catch {
      throw refusal(counter(for: error.code), "the block is refused: \(error.message)")
    }
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
