package import HindcastFormat

/// Where a replay reads: local storage and the remote reader are both made into one by HindcastCommand.
///
/// A source is asked for one item after another by one task, and holds no more than a few blocks in memory.
package protocol BlockSource: ~Copyable {
  /// The next stored block, gap or checkpoint; nil at the end of what the query asked for. Throws what the disk or the
  /// network said.
  mutating func next() async throws -> StoredItem?
}
