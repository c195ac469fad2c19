internal import Synchronization

/// One line on the terminal that tells how far a long command is: amount, rate, share done, time left. Rewritten in place
/// a few times a second; nothing at all when standard error is no terminal.
final class ProgressLine: Sendable {
  private struct State {
    var lastDrawn: ContinuousClock.Instant?
    var isOnScreen = false
  }

  private let isEnabled: Bool
  private let verb: String
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  private static let interval = Duration.milliseconds(200)
  /// Before this much is done, an estimate of the time left would only jump about.
  private static let shareForEstimate = 0.02

  /// `verb` stands before the figures: `importing`.
  init(_ verb: String, isQuiet: Bool) {
    self.verb = verb
    isEnabled = !isQuiet && StandardError.isTerminal
  }

  /// `share` of all that is to be done, 0 to 1; nil if that is not known.
  func update(_ count: Int, _ unit: String, share: Double? = nil) {
    guard isEnabled else { return }
    let now = ContinuousClock.now
    let isDue = state.withLock { state in
      if let last = state.lastDrawn, now - last < Self.interval { return false }
      state.lastDrawn = now
      state.isOnScreen = true
      return true
    }
    guard isDue else { return }
    StandardError.write("\r\u{1b}[K" + Self.text(verb, count, unit, share: share, elapsed: now - start))
  }

  /// Takes the line off the screen, so that what is printed next stands alone.
  func finish() {
    guard isEnabled else { return }
    let wasOnScreen = state.withLock { state in
      defer { state.isOnScreen = false }
      return state.isOnScreen
    }
    if wasOnScreen { StandardError.write("\r\u{1b}[K") }
  }

  static func text(_ verb: String, _ count: Int, _ unit: String, share: Double?, elapsed: Duration) -> String {
    let seconds = elapsed.inSeconds
    var parts = ["\(verb): \(Figures.grouped(count)) \(unit)"]
    if seconds >= 0.5 { parts.append("\(Figures.grouped(Int(Double(count) / seconds)))/s") }
    if let share = share.map({ min(max($0, 0), 1) }) {
      parts.append("\(Int(share * 100)) %")
      if share > shareForEstimate, seconds >= 0.5 {
        parts.append("\(Figures.duration(seconds * (1 - share) / share)) left")
      }
    }
    return parts.joined(separator: "  ")
  }
}

extension Duration {
  var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
