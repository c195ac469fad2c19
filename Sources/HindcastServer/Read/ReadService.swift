internal import GRPCCore
internal import HindcastFormat
internal import HindcastStorage
internal import HindcastWire

/// `Read`: stored blocks as they lie on disk. The disk is asked for no more than the reader has taken.
struct ReadService: Sendable {
  let core: ServerCore

  func register<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    router.registerServerStream(HindcastMethods.read, gates: core.gates) { (request: ReadRequest, writer, link) in
      do { try core.reads.enter() } catch {
        core.counters.add(.refusedReads)
        throw error
      }
      defer { core.reads.leave() }
      core.counters.add(.reads)
      try await read(request, to: writer, link)
    }
  }

  private func read(_ request: ReadRequest, to writer: RPCWriter<StoredItem>, _ link: StreamLink?) async throws {
    let form = ReadForm(request, limits: core.limits)
    var query = request.query
    while true {
      let reached = try await send(query, form, to: writer, link)
      guard request.follows else { return }
      query.fromPosition = max(query.fromPosition, reached + 1)
      if let end = query.toPosition, query.fromPosition >= end { return }
      _ = await core.store.waitForPosition(after: reached)
      try Task.checkCancellation()
    }
  }

  /// One pass. Returns the position that it has brought the reader to.
  private func send(
    _ query: ReadQuery, _ form: ReadForm, to writer: RPCWriter<StoredItem>, _ link: StreamLink?
  ) async throws -> UInt64 {
    let core = core
    let session = try await core.reading.run { () throws(RPCError) in
      try ReadSession(
        store: core.store, query: query, form: form, reached: query.fromPosition - 1, limits: core.limits,
        counters: core.counters)
    }
    let memory = ReadMemory(core: core, link: link)
    while true {
      while session.needsDecoding { try await decodeNext(of: session, in: memory) }
      let bytesMax = try await memory.room(forItemOf: session.nextByteCount)
      let batch = try await core.reading.run { () throws(RPCError) in try session.nextBatch(bytesMax: bytesMax) }
      guard let batch else { return session.reached }
      if !session.isDecoded { memory.decoded() }
      try Task.checkCancellation()
      try await writer.write(contentsOf: batch)
      await memory.sent()
    }
  }

  /// For plain columns a block is decoded as a whole, first with what most blocks need, then with all memory there is for
  /// that.
  private func decodeNext(of session: ReadSession, in memory: ReadMemory) async throws {
    for isLarge in [false, true] {
      let limits = try await memory.decodeLimits(isLarge: isLarge)
      let isDecoded = try await core.reading.run { () throws(RPCError) in
        try session.decodeNext(limits: limits, isLast: isLarge)
      }
      if isDecoded { return }
    }
  }
}
