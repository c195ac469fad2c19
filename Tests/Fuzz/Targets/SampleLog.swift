internal import HindcastFormat
internal import HindcastStorage

/// The files of a log that storage itself wrote: two blocks of predictions in the archive, and behind them two segments.
enum SampleLog {
  static let compacted: [(path: String, bytes: [UInt8])] = {
    let log = LogHarness()
    // A manifest of our own, so that the log has the same id on every machine.
    log.disk.put(LogHarness.manifestPath, SampleFrames.manifest([]))
    do {
      try log.write(blocks: 0..<2, compacts: true)
      try log.write(blocks: 2..<4, compacts: false)
      try log.write(blocks: 4..<5, compacts: false)
    } catch {
      fatalError("the sample log cannot be written: \(error)")
    }
    return log.disk.files.filter { $0.bytes.count > 0 && !$0.path.hasSuffix("/LOCK") }
  }()
}

extension LogHarness {
  /// Opens the log, appends these blocks of two rows each, perhaps archives all, and closes it.
  func write(blocks numbers: Range<Int>, compacts: Bool) throws {
    let store = try LogStore.open(directory: Self.path, mode: .exclusive, options: Self.options, disk: disk)
    for number in numbers {
      let block = try BlockEncoder(effort: .ingest, codec: .zlib).encode(SampleBlocks.predictions(2, first: number * 2))
      _ = try Self.append(
        block, to: store, producer: SampleFrames.producer, epoch: 1, sequence: UInt64(number + 1)
      ).get()
    }
    if compacts { _ = try store.compact() }
    Self.close(store)
  }
}
