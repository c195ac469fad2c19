/// Counts the bytes of received blocks that are held in memory, over all streams.
///
/// A stream that is ahead of the disk is held back by its own window (`AppendPipeline`) long before this limit; this one
/// keeps many streams together from taking the machine's memory.
final class Admission: Sendable {
  private let pool: ClaimPool

  init(byteLimit: Int) { pool = ClaimPool(bytesMax: byteLimit) }

  var byteLimit: Int { pool.bytesMax }
  var heldBytes: Int { pool.byteCount }

  /// Whether the bytes fit now; if so they are held until `release`.
  func reserve(_ byteCount: Int) -> Bool {
    byteCount <= byteLimit && pool.tryClaim(byteCount) != nil
  }

  /// The same, after waiting in the order of coming for as long as the patience lasts.
  func reserve(_ byteCount: Int, patience: Duration) async -> Bool {
    guard byteCount <= byteLimit else { return false }
    return await pool.claim(byteCount, patience: patience) != nil
  }

  func release(_ byteCount: Int) { pool.release(byteCount: byteCount) }
}
