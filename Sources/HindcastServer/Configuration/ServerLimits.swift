internal import HindcastFormat
internal import HindcastWire

/// The bounds of what one server holds at once. Their relations are checked when the server starts.
package struct ServerLimits: Sendable {
  /// Bytes of received blocks held in memory, over all streams, from their arrival until they are answered. Over it a
  /// block is refused with RESOURCE_EXHAUSTED.
  package var admittedBytesMax = 256 << 20
  /// What one append stream may have in flight before the server stops reading from it. One block is always let in.
  package var streamBlocksMax = 64
  package var streamBytesMax = 64 << 20
  /// Reads at once, following ones included. More are refused with RESOURCE_EXHAUSTED.
  package var readsMax = 256
  /// Threads that check blocks, and threads that read from the disk.
  package var validationThreads = processorCount
  package var readThreads = 4
  /// A read hands items to the transport in batches of about this many bytes.
  package var readBatchBytes = 1 << 20
  package var readBatchItemsMax = 256
  /// Plain blocks are cut so that each stays under the 4 MiB that generated clients accept without configuration.
  package var plainBlockBytes = 2 << 20
  /// How long a refused client should wait before it tries again.
  package var retryAfterMilliseconds: UInt32 = 250

  package init() {}

  /// nil, or what contradicts what.
  var contradiction: String? {
    if admittedBytesMax < WireLimits.messageBytesMax {
      return
        "admittedBytesMax is \(admittedBytesMax); it must hold at least one block of \(WireLimits.messageBytesMax) bytes"
    }
    if streamBlocksMax < 1 || streamBytesMax < 1 || readsMax < 1 || validationThreads < 1 || readThreads < 1
      || readBatchBytes < 1 || readBatchItemsMax < 1 || plainBlockBytes < 1
    {
      return "every limit of the server must be at least 1"
    }
    return nil
  }
}
