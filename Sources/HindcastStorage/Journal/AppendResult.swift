/// The answer to an append: where the block stands on disk.
package struct AppendResult: Sendable, Equatable {
  /// 0 only for a duplicate that is longer ago than is remembered.
  package var position: UInt64
  /// The block was there already.
  package var isDuplicate: Bool

  package init(position: UInt64, isDuplicate: Bool) {
    self.position = position
    self.isDuplicate = isDuplicate
  }
}
