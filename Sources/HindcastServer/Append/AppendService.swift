internal import GRPCCore
internal import HindcastFormat
internal import HindcastStorage
internal import HindcastWire

/// `Append` and `Put`.
struct AppendService: Sendable {
  let core: ServerCore
  let journal: any BlockJournal

  func register<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    router.registerHandler(
      forMethod: HindcastMethods.put, deserializer: WireDeserializer<AppendRequest>(),
      serializer: WireSerializer<AppendResponse>()
    ) { request, _ in
      let link = core.gates.link(of: request.metadata)
      let request = try await ServerRequest(stream: request)
      return StreamingServerResponse(single: ServerResponse(message: try await put(request.message, link)))
    }
    router.registerHandler(
      forMethod: HindcastMethods.append, deserializer: WireDeserializer<AppendRequest>(),
      serializer: WireSerializer<AppendResponse>()
    ) { request, _ in
      let link = core.gates.link(of: request.metadata)
      return StreamingServerResponse { writer in
        try await append(request.messages, to: writer, link)
        return [:]
      }
    }
  }

  private func put(_ request: AppendRequest, _ link: StreamLink?) async throws -> AppendResponse {
    core.counters.add(.blocksReceived)
    let byteCount = request.block.count
    let isAdmitted = await core.admission.reserve(byteCount, patience: core.limits.admissionPatience)
    // Until here the message holds the room that it came in with.
    link?.took()
    guard isAdmitted else {
      core.counters.add(.refusedMemory)
      throw Refusal.memoryFull(core.admission, core.limits).rpcError
    }
    defer { core.admission.release(byteCount) }
    let intake = core.intake
    do throws(Refusal) {
      let block = try await core.validation.run { () throws(Refusal) in try intake.check(request) }
      let stored = try await store(block, request)
      return AppendResponse(sequence: request.sequence, position: stored.position, isDuplicate: stored.isDuplicate)
    } catch {
      throw error.rpcError
    }
  }

  private func store(_ block: EncodedBlock, _ request: AppendRequest) async throws(Refusal) -> AppendResult {
    let result: Result<AppendResult, StorageError> = await withCheckedContinuation { continuation in
      journal.submit(block, producer: request.producer, epoch: request.epoch, sequence: request.sequence) {
        continuation.resume(returning: $0)
      }
    }
    switch result {
    case .success(let stored): return stored
    case .failure(let error): throw core.refusal(for: error)
    }
  }

  /// Reads and answers side by side until the peer has sent all and has all answers. When the peer goes, or the server
  /// stops, no more is read; what was read still comes to its answer.
  private func append(
    _ requests: RPCAsyncSequence<AppendRequest, any Error>, to writer: RPCWriter<AppendResponse>, _ link: StreamLink?
  ) async throws {
    core.counters.add(.appendStreams)
    let pipeline = AppendPipeline(
      journal: journal, intake: core.intake, validation: core.validation, admission: core.admission,
      limits: core.limits, onStorageError: { [core] in core.refusal(for: $0) })
    let reader = Task { [core] in
      defer { pipeline.end() }
      for try await request in requests {
        core.counters.add(.blocksReceived)
        await pipeline.waitForRoom(byteCount: request.block.count)
        // A client that may be held back is not refused: nothing more is read from it meanwhile.
        let isAdmitted = await core.admission.reserve(request.block.count, patience: core.limits.admissionPatience)
        pipeline.receive(request, isAdmitted: isAdmitted)
        link?.took()
      }
      try Task.checkCancellation()
    }
    await withTaskCancellationHandler {
      await withRPCCancellationHandler {
        await answer(pipeline, to: writer, reader: reader)
      } onCancelRPC: {
        reader.cancel()
      }
    } onCancel: {
      reader.cancel()
    }
    do {
      try await reader.value
    } catch is CancellationError {
      throw ServerCore.shutdownError
    }
  }

  private func answer(
    _ pipeline: AppendPipeline, to writer: RPCWriter<AppendResponse>, reader: Task<Void, any Error>
  ) async {
    var isPeerThere = true
    while let answers = await pipeline.nextAnswers() {
      if isPeerThere {
        do {
          try await writer.write(contentsOf: answers)
        } catch {
          isPeerThere = false
          reader.cancel()
        }
      }
      pipeline.wrote()
    }
  }
}
