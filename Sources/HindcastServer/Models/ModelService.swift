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
    let all = summaries()
    let parts = all.filter { $0.stream.model == model }
    guard !parts.isEmpty else { throw Self.unknownModel(model, known: all) }
    var columns: [ColumnSummary] = []
    for part in parts {
      columns += try newestColumns(part).map {
        ColumnSummary(kind: part.stream.kind, version: part.stream.version, schema: $0)
      }
    }
    return DescribeModelResponse(parts: parts, columns: columns)
  }

  /// The schemas of the newest block of a part; none if it is damaged.
  private func newestColumns(_ part: ModelSummary) throws(RPCError) -> [ColumnSchema] {
    var query = ReadQuery()
    query.fromPosition = max(1, part.lastPosition)
    query.model = part.stream.model
    query.version = part.stream.version
    query.environment = part.stream.environment
    query.kinds = [part.stream.kind]
    do {
      var cursor = try core.store.read(query)
      while let item = try cursor.next() {
        guard case .block(let stored) = item else { continue }
        return try BlockDecoder.summary(stored.bytes).columns.map(\.schema)
      }
      return []
    } catch let error as StorageError {
      throw error.readError
    } catch {
      throw RPCError(
        code: .dataLoss, message: "the newest block of model \(part.stream.model) cannot be read: \(error)")
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

  private static func unknownModel(_ model: String, known: [ModelSummary]) -> RPCError {
    let names = Set(known.map(\.stream.model)).sorted()
    let shown = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", ..." : "")
    return RPCError(
      code: .notFound,
      message: names.isEmpty
        ? "no model \(model): the log holds no models yet" : "no model \(model); the log has \(shown)")
  }
}

extension ModelSummary {
  init(_ summary: StreamSummary) {
    self.init(
      stream: summary.stream, rows: summary.rows, blocks: summary.blocks, storedBytes: summary.storedBytes,
      minTime: summary.minTime, maxTime: summary.maxTime, lastPosition: summary.lastPosition)
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
