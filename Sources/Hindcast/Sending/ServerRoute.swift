/// Which of several servers comes next: the one that last worked, and from there on in order, round and round.
struct ServerRoute: Sendable {
  private let count: Int
  private(set) var current = 0
  /// Servers in a row that came to nothing.
  private var failures = 0
  /// Times in a row that the present server was too full.
  private var refusals = 0

  /// How often a server may say that it is too full before the next one is asked.
  private static let refusalsMax = 3

  init(count: Int) {
    precondition(count > 0)
    self.count = count
  }

  /// The present server has stored something.
  mutating func worked() {
    failures = 0
    refusals = 0
  }

  /// The present server came to nothing. Returns whether by now all did, so that it is time to wait.
  mutating func moveOn() -> Bool {
    refusals = 0
    failures += 1
    current = (current + 1) % count
    guard failures >= count else { return false }
    failures = 0
    return true
  }

  /// The present server is too full. Returns whether another one should be asked; `moveOn` then does.
  mutating func isTooFull() -> Bool {
    refusals += 1
    return count > 1 && refusals >= Self.refusalsMax
  }
}
