internal import HindcastFormat
internal import Synchronization

/// The log's one writer: a queue, and a thread that takes whatever has gathered while the last fsync ran.
final class Journal: Sendable {
  private let queue: JournalQueue
  private let thread: DedicatedThread
  private let state: LogState

  init(writer: JournalWriter, options: LogStoreOptions) {
    state = writer.state
    let queue = JournalQueue(bytesMax: options.queueBytesMax, blocksMax: options.queueBlocksMax)
    self.queue = queue
    thread = DedicatedThread {
      var writer = writer
      while true {
        if queue.isIdle {
          writer.markIdle()
          options.whenIdle?()
        }
        let work = queue.take(groupBytesMax: options.groupBytesMax)
        writer.commit(work.requests)
        if let ticket = work.sealTicket {
          _ = writer.seal()
          queue.sealed(ticket)
        }
        if work.isEnd { break }
      }
      if !queue.isAbandoned { _ = writer.seal() }
      queue.ended()
    }
  }

  deinit {
    // Nobody waits any more: every append holds the store. What is not sealed is recovered at the next start.
    queue.abandon()
    thread.join()
  }

  func submit(_ request: AppendRequest) {
    guard let refusal = queue.add(request) else { return }
    if refusal.code == .overloaded { state.shared.withLock { $0.counters.overloadRefusals += 1 } }
    request.completion(.failure(refusal))
  }

  var waiting: (blocks: Int, bytes: Int) { queue.waiting }

  /// Blocks the calling thread until what was active is sealed.
  func seal() { queue.seal() }

  /// Takes no more, finishes what is queued, seals.
  func close() async {
    queue.close()
    await queue.waitForEnd()
  }
}
