internal import HindcastFormat
internal import HindcastStorage
internal import Synchronization

/// What was lost, by model, as far as somebody has asked: kept, so that each loss report is read once.
final class LossLedger: Sendable {
  private let readings = Mutex<[String: LossReading]>([:])

  /// Beyond, those that were kept are read again when they are asked for.
  private static let modelsMax = 256

  /// Blocks on the disk. Throws `.unknownModel`.
  func losses(of model: String, in store: LogStore, limits: DecodeLimits) throws(StorageError) -> LossReading {
    let earlier = readings.withLock { $0[model] }
    let reading = try store.losses(of: model, since: earlier, limits: limits)
    readings.withLock { readings in
      if readings.count >= Self.modelsMax, readings[model] == nil { readings.removeAll() }
      readings[model] = reading
    }
    return reading
  }
}
