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
}
