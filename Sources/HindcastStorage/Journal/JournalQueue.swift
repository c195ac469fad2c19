internal import HindcastFormat

/// What an append waits for.
struct AppendRequest: Sendable {
  var block: EncodedBlock
  var producer: ProducerID
  var epoch: UInt64
  var sequence: UInt64
  /// Called once, on the journal's thread.
  var completion: @Sendable (Result<AppendResult, StorageError>) -> Void
}

/// Between the tasks that append and the thread that writes. Bounded in bytes and blocks.
final class JournalQueue: Sendable {
  struct Work {
    var requests: [AppendRequest] = []
    /// Seal the active segment after these requests.
    var sealTicket: UInt64?
    var isEnd = false
  }

  fileprivate struct Contents {
    var requests: [AppendRequest] = []
    /// Requests before this one are taken.
    var taken = 0
    var byteCount = 0
    var sealsAsked: UInt64 = 0
    var sealsDone: UInt64 = 0
    var isClosed = false
    var isAbandoned = false
    var hasEnded = false
    var onEnd: [CheckedContinuation<Void, Never>] = []

    var count: Int { requests.count - taken }
  }

  private let contents = Monitor(Contents())
  private let bytesMax: Int
  private let blocksMax: Int

  init(bytesMax: Int, blocksMax: Int) {
    self.bytesMax = bytesMax
    self.blocksMax = blocksMax
  }

  /// nil: queued, and the completion will be called. Otherwise why not; the completion is then the caller's.
  func add(_ request: AppendRequest) -> StorageError? {
    contents.signal { contents in
      if contents.isClosed { return StorageError(.closed, "the log is closed; no more blocks are taken") }
      let byteCount = contents.byteCount + request.block.bytes.count
      if contents.count > 0, byteCount > bytesMax || contents.count >= blocksMax {
        return StorageError(
          .overloaded, "\(contents.byteCount) bytes in \(contents.count) blocks wait for the disk; send it again later")
      }
      contents.byteCount = byteCount
      contents.requests.append(request)
      return nil
    }
  }

  /// For the writing thread: sleeps until there is something to do. Takes requests in order, until their payloads reach
  /// `groupBytesMax`.
  func take(groupBytesMax: Int) -> Work {
    contents.wait { contents in
      if contents.isAbandoned { return Work(requests: contents.drain(bytesMax: .max), isEnd: true) }
      var work = Work(requests: contents.drain(bytesMax: groupBytesMax))
      if contents.count == 0 {
        if contents.sealsAsked > contents.sealsDone { work.sealTicket = contents.sealsAsked }
        work.isEnd = contents.isClosed
      }
      return work.requests.isEmpty && work.sealTicket == nil && !work.isEnd ? nil : work
    }
  }

  /// Blocks the calling thread until the segment that is active now is sealed, or cannot be.
  func seal() {
    let ticket: UInt64? = contents.signal { contents in
      if contents.isClosed { return nil }
      contents.sealsAsked += 1
      return contents.sealsAsked
    }
    guard let ticket else { return }
    contents.wait { $0.sealsDone >= ticket || $0.hasEnded ? () : nil }
  }

  func sealed(_ ticket: UInt64) { contents.signal { $0.sealsDone = ticket } }

  /// No more requests; the thread finishes those that are queued and ends.
  func close() { contents.signal { $0.isClosed = true } }

  /// The thread ends as soon as it can, without sealing.
  func abandon() {
    contents.signal {
      $0.isClosed = true
      $0.isAbandoned = true
    }
  }

  /// Nothing is to be done at this moment.
  var isIdle: Bool {
    contents.withLock { $0.count == 0 && $0.sealsAsked == $0.sealsDone && !$0.isClosed }
  }

  /// What waits for the thread that writes.
  var waiting: (blocks: Int, bytes: Int) { contents.withLock { ($0.count, $0.byteCount) } }

  var isAbandoned: Bool { contents.withLock { $0.isAbandoned } }

  func ended() {
    let waiting = contents.signal { contents in
      contents.hasEnded = true
      defer { contents.onEnd = [] }
      return contents.onEnd
    }
    for each in waiting { each.resume() }
  }

  func waitForEnd() async {
    await withCheckedContinuation { continuation in
      let hasEnded = contents.withLock { contents in
        if !contents.hasEnded { contents.onEnd.append(continuation) }
        return contents.hasEnded
      }
      if hasEnded { continuation.resume() }
    }
  }
}

extension JournalQueue.Contents {
  fileprivate mutating func drain(bytesMax: Int) -> [AppendRequest] {
    var end = taken
    var bytes = 0
    while end < requests.count, end == taken || bytes + requests[end].block.bytes.count <= bytesMax {
      bytes += requests[end].block.bytes.count
      end += 1
    }
    byteCount -= bytes
    if end == requests.count {
      let rest = taken == 0 ? requests : Array(requests[taken...])
      requests = []
      taken = 0
      return rest
    }
    let group = Array(requests[taken..<end])
    taken = end
    // What was taken still holds its payloads: let go of it now and then.
    if taken > 1_024 || taken * 2 > requests.count {
      requests.removeFirst(taken)
      taken = 0
    }
    return group
  }
}
