internal import GRPCCore
internal import HindcastFormat
internal import HindcastStorage
internal import HindcastWire
internal import Synchronization

/// `Read`: stored blocks as they lie on disk, with the transport's back-pressure holding the disk back.
final class ReadService: Sendable {
  private let core: ServerCore
  private let open = Mutex(0)

  init(core: ServerCore) { self.core = core }

  func register<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    router.registerServerStream(HindcastMethods.read) { [self] (request: ReadRequest, writer) in
      try enter()
      defer { open.withLock { $0 -= 1 } }
      try await read(request, to: writer)
    }
  }

  private func enter() throws(RPCError) {
    let isAllowed = open.withLock { open in
      guard open < core.limits.readsMax else { return false }
      open += 1
      return true
    }
    guard isAllowed else {
      core.counters.add(.refusedReads)
      throw RPCError(
        code: .resourceExhausted, message: "\(core.limits.readsMax) reads are open, which is the limit; try again later"
      )
    }
    core.counters.add(.reads)
  }

  private func read(_ request: ReadRequest, to writer: RPCWriter<StoredItem>) async throws {
    let form = ReadForm(request, limits: core.limits)
    var query = request.query
    while true {
      let reached = try await send(query, form, to: writer)
      guard request.follows else { return }
      query.fromPosition = max(query.fromPosition, reached + 1)
      if let end = query.toPosition, query.fromPosition >= end { return }
      _ = await core.store.waitForPosition(after: reached)
      try Task.checkCancellation()
    }
  }

  /// One pass. Returns the position that it has brought the reader to.
  private func send(
    _ query: ReadQuery, _ form: ReadForm, to writer: RPCWriter<StoredItem>
  ) async throws -> UInt64 {
    let core = core
    let session = try await core.reading.run { () throws(RPCError) in
      try ReadSession(
        store: core.store, query: query, form: form, reached: query.fromPosition - 1, limits: core.limits,
        counters: core.counters)
    }
    while let items = try await core.reading.run({ () throws(RPCError) in try session.nextBatch() }) {
      try Task.checkCancellation()
      try await writer.write(contentsOf: items)
    }
    return session.reached
  }
}
