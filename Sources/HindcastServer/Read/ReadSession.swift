internal import GRPCCore
internal import HindcastFormat
internal import HindcastStorage
internal import HindcastWire

/// One pass over a snapshot of the log, handed out in batches.
///
/// `@unchecked Sendable`: one task reads, and awaits each call before the next, so that no two threads are in here at once
/// although the calls move between the reading threads.
final class ReadSession: @unchecked Sendable {
  private var cursor: LogCursor
  /// Of this pass: one that follows has moved its first position behind what earlier passes have handed out.
  private let query: ReadQuery
  private let form: ReadForm
  private let limits: ServerLimits
  private let counters: ServerCounters
  /// A block that was read and is too large to be decoded with the memory of the first attempt.
  private var undecoded: StoredBlock?
  /// What came instead of a block that was to be decoded, such as a gap: it goes out with the next batch.
  private var readAhead: StoredItem?
  /// What is left to be sent of a block, with plain columns.
  private var cut: PlainCut?
  /// Everything wanted up to and with this position has been handed out.
  private(set) var reached: UInt64

  /// `reached`: what earlier passes have handed out.
  init(
    store: LogStore, query: ReadQuery, form: ReadForm, reached: UInt64, limits: ServerLimits, counters: ServerCounters
  ) throws(RPCError) {
    do throws(StorageError) { cursor = try store.read(query) } catch { throw error.readError }
    self.query = query
    self.form = form
    self.limits = limits
    self.counters = counters
    self.reached = reached
  }

  /// Whether `decodeNext` has to come before the next batch.
  var needsDecoding: Bool {
    form.isPlain && cut == nil && readAhead == nil && (undecoded != nil || cursor.nextByteCount > 0)
  }
  /// Whether a decoded block is held.
  var isDecoded: Bool { cut != nil }
  /// Of the next item.
  var nextByteCount: Int {
    if let cut { return cut.nextByteCount }
    return form.isPlain ? 0 : cursor.nextByteCount
  }

  /// The next items, about `bytesMax` of them, one at least; nil at the end. Waits for the disk.
  func nextBatch(bytesMax: Int) throws(RPCError) -> [StoredItem]? {
    var items: [StoredItem] = []
    var bytes = 0
    while items.isEmpty || bytes + nextByteCount <= bytesMax, items.count < limits.readBatchItemsMax {
      guard let item = try next() else { break }
      if case .block(let block) = item { bytes += block.bytes.count }
      if case .reached(let position) = item { reached = max(reached, position) }
      items.append(item)
      if needsDecoding { break }
    }
    counters.add(.itemsRead, UInt64(items.count))
    counters.add(.bytesRead, UInt64(bytes))
    return items.isEmpty ? nil : items
  }

  private func next() throws(RPCError) -> StoredItem? {
    if cut != nil { return .block(try onBlock(at: cut!.position) { () throws(FormatError) in try nextPiece() }) }
    guard let item = try read() else { return nil }
    guard case .block(let stored) = item else { return item }
    return .block(try onBlock(at: stored.position) { () throws(FormatError) in try form.block(of: stored) })
  }

  private func nextPiece() throws(FormatError) -> StoredBlock {
    let piece = try cut!.next()
    if cut!.isAtEnd { cut = nil }
    return piece
  }

  /// Reads the next block and decodes it. false: it takes more memory than that, and is kept for the next attempt; if that
  /// was the last one, this throws. A block without a wanted row leaves nothing to be sent.
  func decodeNext(limits: DecodeLimits, isLast: Bool) throws(RPCError) -> Bool {
    if undecoded == nil {
      let item = try read()
      guard case .block(let stored)? = item else {
        readAhead = item
        return true
      }
      undecoded = stored
    }
    guard let stored = undecoded else { return true }
    do throws(FormatError) {
      cut = try form.cut(of: stored, for: query, limits: limits)
      undecoded = nil
      return true
    } catch {
      if error.code == .badCondition { throw RPCError(code: .invalidArgument, message: error.message) }
      guard error.code == .overLimit else { throw Self.damaged(stored.position, error) }
      guard isLast else { return false }
      throw RPCError(
        code: .resourceExhausted,
        message:
          "the block at position \(stored.position) takes more memory than this server has for plain columns: \(error.message); read it without `plain`, or raise the server's --memory-max"
      )
    }
  }

  private func read() throws(RPCError) -> StoredItem? {
    if let item = readAhead.take() { return item }
    do throws(StorageError) { return try cursor.next() } catch { throw error.readError }
  }

  private func onBlock<Result>(
    at position: UInt64, _ body: () throws(FormatError) -> Result
  ) throws(RPCError) -> Result {
    do throws(FormatError) { return try body() } catch { throw Self.damaged(position, error) }
  }

  private static func damaged(_ position: UInt64, _ error: FormatError) -> RPCError {
    RPCError(
      code: .dataLoss,
      message: "the block at position \(position) cannot be decoded: \(error.message); run `hindcast verify`")
  }
}
