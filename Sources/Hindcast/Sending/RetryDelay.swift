/// How long to wait before the next attempt: 1.6 times as long after each that came to nothing, up to a maximum, spread
/// at random by a fifth either way, so that many clients of one server do not come back all at once.
struct RetryDelay: Sendable {
  private let first: Duration
  private let longest: Duration
  private var current: Duration

  init(first: Duration, longest: Duration) {
    self.first = first
    self.longest = longest
    current = first
  }

  mutating func reset() { current = first }

  mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
    let delay = current * Double.random(in: 0.8...1.2, using: &random)
    current = min(current * 1.6, longest)
    return delay
  }

  /// The same, but no sooner than a server has asked for. That is drawn out by up to a half, since it has told others the
  /// same at the same moment.
  mutating func next(notBefore least: Duration, using random: inout some RandomNumberGenerator) -> Duration {
    max(next(using: &random), least * Double.random(in: 1...1.5, using: &random))
  }
}
