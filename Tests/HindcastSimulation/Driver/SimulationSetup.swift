internal import HindcastFormat
internal import HindcastStorage
internal import Synchronization

/// How one run is set up: sizes and habits, all drawn from the seed.
struct SimulationSetup: CustomStringConvertible {
  enum Trouble: String {
    /// Only crashes.
    case none
    /// Calls that fail, none of which may cost anything that was acknowledged.
    case errors
    /// A disk that fills up.
    case space
    /// A medium that loses what it had acknowledged.
    case damage
  }

  /// Bytes that opening a log may need after the largest of groups with `groupBytesMax` at 2,000 was torn.
  static let reserveNeeded = 12_000

  var trouble: Trouble
  var steps: Int
  var producerCount: Int
  var blocksPerBurstMax: Int
  var fillerBytesMax: Int
  /// Of blocks that have columns.
  var columnsPercent: Int
  var compacts: Bool
  var retains: Bool
  /// Of calls between two crashes.
  var callsBetweenCrashes: Int
  /// Percent of recoveries that are cut short as well.
  var crashesInRecoveryPercent: Int
  var options: LogStoreOptions

  init(_ random: inout SimulationRandom, isShort: Bool) {
    trouble = random.pick([.none, .none, .none, .none, .errors, .errors, .space, .damage, .damage, .damage])
    steps = isShort ? random.number(in: 3...7) : random.number(in: 15...60)
    producerCount = random.number(in: 1...4)
    blocksPerBurstMax = isShort ? 4 : random.pick([1, 4, 4, 9])
    fillerBytesMax = random.pick([60, 400, 400, 2_500])
    columnsPercent = isShort ? random.pick([0, 20]) : random.pick([0, 0, 30, 80])
    compacts = random.chance(percent: 80)
    retains = random.chance(percent: 50)
    callsBetweenCrashes = random.pick([30, 100, 300])
    crashesInRecoveryPercent = random.pick([0, 30, 60])
    options = LogStoreOptions()
    options.segmentBytesMax = random.pick([1_024, 2_048, 4_096, 8_192])
    options.segmentFramesMax = random.pick([3, 8, 65_536])
    options.groupBytesMax = trouble == .space ? random.pick([512, 2_000]) : random.pick([512, 2_000, 8 << 20])
    options.queueBlocksMax = random.pick([3, 65_536, 65_536])
    options.compactionRawBytesMax = random.pick([100, 1_000, 1 << 20])
    options.archiveBlockRows = random.pick([2, 7, 1_000])
    options.archiveCodec = random.pick([.zlib, .zstd])
    options.freeBytesMin = trouble == .space ? random.pick([0, 1_000, 4_000]) : 0
    options.preparation = random.pick([.off, .inline, .inline])
    options.reserveBytes = random.pick([0, 2_000, Self.reserveNeeded, Self.reserveNeeded])
    options.marksWhenIdle = random.chance(percent: 80)
    // Clocks that only calls move: the same in every run, whatever thread asks.
    let clock = SteppingClock()
    options.now = { clock.next() }
    options.steadyNow = { clock.next() }
  }
}

extension SimulationSetup {
  var description: String {
    "trouble: \(trouble.rawValue), \(steps) steps, \(producerCount) producers, segments of \(options.segmentBytesMax) bytes "
      + "and \(options.segmentFramesMax) frames, preparation: \(options.preparation), reserve \(options.reserveBytes), kept free "
      + "\(options.freeBytesMin), marks: \(options.marksWhenIdle)"
  }
}

/// Each look at it is a millisecond later.
private final class SteppingClock: Sendable {
  private let time = Mutex<Int64>(1_700_000_000_000_000)

  func next() -> Int64 {
    time.withLock {
      $0 += 1_000
      return $0
    }
  }
}
