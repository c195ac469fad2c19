internal import GRPCCore
internal import HindcastFormat

/// The memory that one read holds: the batch that is on its way out, and the block that is being sent as plain columns.
/// Used by one task.
final class ReadMemory {
  private let core: ServerCore
  private let link: StreamLink?
  private var batch: ClaimPool.Claim?
  private var plain: ClaimPool.Claim?

  init(core: ServerCore, link: StreamLink?) {
    self.core = core
    self.link = link
  }

  deinit {
    giveBack(&batch, to: core.sending)
    giveBack(&plain, to: core.plain)
  }

  /// How many bytes the next batch may have, of which the first item has `byteCount`. Waits if that is more than the
  /// read's own share and others have the rest.
  func room(forItemOf byteCount: Int) async throws -> Int {
    let limits = core.limits
    let wanted = max(byteCount, limits.readBatchBytes)
    if let claim = core.sending.tryClaim(wanted, holder: link) {
      hold(claim, &batch)
      return wanted
    }
    if byteCount <= limits.readShareBytes { return limits.readShareBytes }
    guard let claim = await core.sending.claim(byteCount, holder: link) else { throw CancellationError() }
    hold(claim, &batch)
    return byteCount
  }

  /// The batch is with the transport: waits until nearly all of it has left.
  func sent() async {
    await link?.waitUntilSent(butFor: core.limits.readShareBytes / 2)
    giveBack(&batch, to: core.sending)
  }

  /// Waits for memory to decode a block in; `isLarge`: all that there is.
  func decodeLimits(isLarge: Bool) async throws -> DecodeLimits {
    decoded()
    let byteCount = isLarge ? core.limits.plainBytesMax : core.limits.plainBytesMax / 4
    guard let claim = await core.plain.claim(byteCount, holder: link) else { throw CancellationError() }
    hold(claim, &plain)
    var limits = DecodeLimits.format
    limits.columnBytesMax = min(limits.columnBytesMax, byteCount / 3)
    limits.valueBytesMax = min(limits.valueBytesMax, byteCount * 2 / 3)
    return limits
  }

  /// The decoded block is all sent.
  func decoded() { giveBack(&plain, to: core.plain) }

  private func hold(_ claim: ClaimPool.Claim, _ place: inout ClaimPool.Claim?) {
    place = claim
    link?.beginSending(claim)
  }

  private func giveBack(_ place: inout ClaimPool.Claim?, to pool: ClaimPool) {
    guard let claim = place.take() else { return }
    link?.endSending(claim)
    pool.release(claim)
  }
}
