internal import HindcastFormat

/// What client and server agree on beside the messages themselves.
package enum WireLimits {
  /// A message that carries the largest block, with room for the fields around it.
  package static let messageBytesMax = Limits.blockBytesMax + (64 << 10)
  /// Every request but `Append` and `Put`: at most the columns of a `ReadRequest`, with room for the fields around them.
  package static let questionBytesMax =
    columnChoicesMax * (columnChoiceBytesMax + 4) + conditionsMax * (conditionBytesMax + 4) + (64 << 10)
  /// HTTP/2 flow control. The default window of 64 KiB gives a tenth of the throughput on loopback.
  package static let windowBytes = 8 << 20
  package static let frameBytes = 1 << 20
  /// `ReadRequest.columns`.
  package static let columnChoicesMax = Limits.columnsMax
  /// `ReadRequest.conditions`, and the bytes of one of them.
  package static let conditionsMax = 64
  package static let conditionBytesMax = 1_024
  /// One entry of `ReadRequest.columns`: the longest role, a colon and the longest name.
  package static let columnChoiceBytesMax = Limits.columnNameBytesMax + 16
}
