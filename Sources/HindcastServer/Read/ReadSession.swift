internal import GRPCCore
internal import HindcastFormat
internal import HindcastStorage
internal import HindcastWire

/// One pass over a snapshot of the log, handed out in batches.
///
/// `@unchecked Sendable`: one task reads, and awaits each batch before it asks for the next, so that no two threads are
/// in here at once although the calls move between the reading threads.
final class ReadSession: @unchecked Sendable {
  private var cursor: LogCursor
  /// Of this pass: one that follows has moved its first position behind what earlier passes have handed out.
  private let query: ReadQuery
  private let form: ReadForm
  private let limits: ServerLimits
  private let counters: ServerCounters
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

  /// The next items, about `readBatchBytes` of them; nil at the end. Waits for the disk.
  func nextBatch() throws(RPCError) -> [StoredItem]? {
    var items: [StoredItem] = []
    var bytes = 0
    while bytes < limits.readBatchBytes, items.count < limits.readBatchItemsMax {
      guard let item = try next() else { break }
      switch item {
      case .block(let stored):
        for block in try blocks(of: stored) {
          bytes += block.bytes.count
          items.append(.block(block))
        }
      case .gap: items.append(item)
      case .reached(let position):
        reached = max(reached, position)
        items.append(item)
      }
    }
    counters.add(.itemsRead, UInt64(items.count))
    counters.add(.bytesRead, UInt64(bytes))
    return items.isEmpty ? nil : items
  }

  private func next() throws(RPCError) -> StoredItem? {
    do throws(StorageError) { return try cursor.next() } catch { throw error.readError }
  }

  private func blocks(of stored: StoredBlock) throws(RPCError) -> [StoredBlock] {
    do throws(FormatError) { return try form.blocks(of: stored, for: query) } catch {
      throw RPCError(
        code: .dataLoss,
        message: "the block at position \(stored.position) cannot be decoded: \(error.message); run `hindcast verify`")
    }
  }
}
