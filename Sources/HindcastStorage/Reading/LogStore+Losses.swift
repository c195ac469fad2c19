package import HindcastFormat
internal import Synchronization

/// What the log says was lost of one model, up to a position.
package struct LossReading: Sendable {
  package var tally = LossTally()
  /// Stretches that were damaged or trimmed, and may have held reports; the first `gapsMax`.
  package var gaps: [ReadGap] = []
  /// All reports up to here are in.
  fileprivate var position: UInt64 = 0
  /// What retention had dropped of the model before it was read.
  fileprivate var trimmed: [TrimRecord] = []

  fileprivate static let gapsMax = 1_000

  package init() {}

  fileprivate mutating func note(_ gap: ReadGap) {
    if gaps.count < Self.gapsMax { gaps.append(gap) }
  }
}

extension LogStore {
  /// Adds up the loss reports of a model. Reads its blocks of that kind only, and of what is in `earlier`, an earlier
  /// reading of the same model, nothing again, unless retention has dropped something of the model since.
  ///
  /// `limits` bound the memory for one block; one that needs more is a gap. Throws `.unknownModel`, naming those there are.
  package func losses(
    of model: String, since earlier: LossReading? = nil, limits: DecodeLimits = .format
  ) throws(StorageError) -> LossReading {
    let trimmed = state.shared.withLock { $0.manifest.trimmed.filter { $0.model == nil || $0.model == model } }
    var reading = LossReading()
    if let earlier, earlier.trimmed == trimmed { reading = earlier }
    let done = reading.position
    reading.trimmed = trimmed
    var query = ReadQuery()
    query.model = model
    query.kinds = [.loss]
    query.fromPosition = done + 1
    var cursor = try read(query)
    while let item = try cursor.next() {
      switch item {
      case .block(let stored):
        do throws(FormatError) {
          let block = try BlockDecoder.decode(stored.bytes, choice: .named(Set(LossReports.columns)), limits: limits)
          reading.tally.add(block, from: stored, after: done)
        } catch {
          reading.note(ReadGap(positions: stored.position...stored.lastPosition, reason: error.message))
        }
      // What was trimmed then is known from then.
      case .gap(let gap): if done == 0 || gap.kind != .trimmed { reading.note(gap) }
      case .reached(let position): reading.position = max(reading.position, position)
      }
    }
    return reading
  }
}
