internal import HindcastFormat
package import HindcastStorage
package import HindcastWire

/// What a log holds of one model, and what it says was lost: the answer of `DescribeModel`, from a log of this process.
package enum ModelDescription {
  /// `losses` is a reading of the same model. Throws `.corrupt` if the newest block of a part cannot be decoded.
  package static func of(
    _ model: String, in store: LogStore, _ losses: LossReading
  ) throws(StorageError) -> DescribeModelResponse {
    let parts = store.streams().filter { $0.stream.model == model }.map(ModelSummary.init)
    var columns: [ColumnSummary] = []
    for part in parts {
      for schema in try newestColumns(part, store) {
        columns.append(ColumnSummary(kind: part.stream.kind, version: part.stream.version, schema: schema))
      }
    }
    return DescribeModelResponse(
      parts: parts, columns: columns, served: served(parts, losses.tally), gaps: losses.gaps)
  }

  /// The schemas of the newest block of a part; none if it is damaged.
  private static func newestColumns(_ part: ModelSummary, _ store: LogStore) throws(StorageError) -> [ColumnSchema] {
    var query = ReadQuery()
    query.fromPosition = max(1, part.lastPosition)
    query.model = part.stream.model
    query.version = part.stream.version
    query.environment = part.stream.environment
    query.kinds = [part.stream.kind]
    var cursor = try store.read(query)
    while let item = try cursor.next() {
      guard case .block(let stored) = item else { continue }
      do throws(FormatError) { return try BlockDecoder.summary(stored.bytes).columns.map(\.schema) } catch {
        throw StorageError(
          .corrupt, "the newest block of model \(part.stream.model) cannot be read: \(error.message)")
      }
    }
    return []
  }

  /// In the order of versions and environments, also of those that have lost everything.
  private static func served(_ parts: [ModelSummary], _ tally: LossTally) -> [ServedSummary] {
    var unmentioned: [VersionKey: UInt64] = [:]
    for part in parts where part.stream.kind == .prediction {
      unmentioned[VersionKey(version: part.stream.version, environment: part.stream.environment)] = part.rows
    }
    var summaries = tally.parts.map { part in
      ServedSummary(
        version: part.version, environment: part.environment,
        logged: unmentioned.removeValue(
          forKey: VersionKey(version: part.version, environment: part.environment)) ?? 0,
        lost: LossRules.kinds.flatMap { kind in
          (part.byKind[kind]?.byReason ?? []).map { LostSummary(kind: kind, reason: $0.reason, sum: $0.sum) }
        }, unreadable: part.unreadable)
    }
    summaries += unmentioned.map {
      ServedSummary(version: $0.version, environment: $0.environment, logged: $1, lost: [], unreadable: 0)
    }
    return summaries.sorted { ($0.version, $0.environment.rawValue) < ($1.version, $1.environment.rawValue) }
  }

  private struct VersionKey: Hashable {
    var version: String
    var environment: Environment
  }
}

extension ModelSummary {
  package init(_ summary: StreamSummary) {
    self.init(
      stream: summary.stream, rows: summary.rows, blocks: summary.blocks, storedBytes: summary.storedBytes,
      minTime: summary.minTime, maxTime: summary.maxTime, lastPosition: summary.lastPosition)
  }
}
