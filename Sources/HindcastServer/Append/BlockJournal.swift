internal import HindcastFormat
internal import HindcastStorage

/// What the append path needs of storage: the log itself, or in tests something that answers when it is told to.
protocol BlockJournal: Sendable {
  /// Queues the block and returns at once; blocks stand in the journal in the order of these calls. `completion` runs
  /// once, on any thread, after the block is on disk or it is certain that it will not be.
  func submit(
    _ block: EncodedBlock, producer: ProducerID, epoch: UInt64, sequence: UInt64,
    completion: @escaping @Sendable (Result<AppendResult, StorageError>) -> Void)
}

extension LogStore: BlockJournal {}
