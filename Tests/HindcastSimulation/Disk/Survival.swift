/// Which of the things that were not synced outlive a power loss. POSIX promises nothing about them, so that any subset in
/// any order is possible; the whole, nothing, and a prefix are what real systems leave most often.
enum Survival {
  case nothing
  case everything
  /// What happened up to a moment, and nothing after it.
  case prefix
  /// Each on its own, with this chance in percent.
  case independent(percent: Int)

  static func draw(_ random: inout SimulationRandom) -> Survival {
    switch random.number(below: 10) {
    case 0: .nothing
    case 1: .everything
    case 2, 3: .prefix
    default: .independent(percent: random.pick([10, 50, 50, 90]))
    }
  }
}
