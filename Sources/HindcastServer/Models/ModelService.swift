internal import GRPCCore
internal import HindcastFormat
internal import HindcastStorage
internal import HindcastWire

/// `ListModels`, `DescribeModel` and `Status`.
struct ModelService: Sendable {
  let core: ServerCore

  func register<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    router.registerUnary(HindcastMethods.listModels, gates: core.gates) { (_: ListModelsRequest) in
      ListModelsResponse(models: summaries())
    }
    router.registerUnary(HindcastMethods.describeModel, gates: core.gates) { (request: DescribeModelRequest) in
      try await core.describing.run { () throws(RPCError) in try describe(request.model) }
    }
    router.registerUnary(HindcastMethods.status, gates: core.gates) { (_: StatusRequest) in status() }
  }

  private func summaries() -> [ModelSummary] {
    core.store.streams().map(ModelSummary.init)
  }

  private func describe(_ model: String) throws(RPCError) -> DescribeModelResponse {
    let limits = DecodeLimits(
      valueBytesMax: core.limits.checkBytesLarge, columnBytesMax: core.limits.checkBytesLarge)
    do throws(StorageError) {
      let losses = try core.losses.losses(of: model, in: core.store, limits: limits)
      return try ModelDescription.of(model, in: core.store, losses)
    } catch {
      throw error.readError
    }
  }

  private func status() -> StatusResponse {
    let storage = core.store.status()
    var status = StatusResponse()
    status.softwareVersion = core.softwareVersion
    status.logID = "\(storage.logID)"
    status.durablePosition = storage.durablePosition
    status.firstPosition = storage.firstPosition
    status.segments = UInt64(storage.segmentCount)
    status.journalBytes = storage.journalByteCount
    status.archiveFiles = UInt64(storage.archiveFileCount)
    status.archiveBytes = storage.archiveByteCount
    status.compactedPosition = storage.compactedPosition
    status.admittedBytes = UInt64(core.admission.heldBytes)
    status.admittedBytesMax = UInt64(core.admission.byteLimit)
    status.gaps = storage.gaps
    status.cursors = storage.cursors
    status.trimmed = storage.trimmed
    let gauges = [
      ("queue_blocks", storage.queueBlocks), ("queue_bytes", storage.queueBytes), ("gaps", UInt64(storage.gaps.count)),
    ]
    status.counters =
      (storage.counters.named + gauges).map { Counter(name: $0.0, value: $0.1) } + core.counters.all + core.gauges
    status.histograms = [
      HistogramSummary("sync_microseconds", storage.syncMicroseconds),
      HistogramSummary("group_blocks", storage.groupBlocks), HistogramSummary("group_bytes", storage.groupBytes),
    ]
    return status
  }
}

extension HistogramSummary {
  /// Without the empty buckets at its end.
  init(_ name: String, _ histogram: Histogram) {
    let used = histogram.counts.lastIndex { $0 > 0 }.map { $0 + 1 } ?? 0
    self.init(
      name: name, upperBounds: (0..<used).map(Histogram.upperBound), counts: Array(histogram.counts[..<used]),
      sum: histogram.sum)
  }
}
