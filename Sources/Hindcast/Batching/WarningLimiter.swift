internal import Logging
internal import Synchronization

/// Lines in the host service's log: of each subject the first at once, then at most one in 10 seconds with the number of
/// those left out.
final class WarningLimiter: Sendable {
  enum Subject: Hashable { case rejected, dropped, refused, connection }

  private struct Recent {
    var loggedNanoseconds: UInt64
    var leftOut = 0
  }

  private let logger: Logger
  private let recent = Mutex<[Subject: Recent]>([:])
  private static let intervalNanoseconds: UInt64 = 10_000_000_000

  init(logger: Logger) { self.logger = logger }

  func warn(_ subject: Subject, _ message: @autoclosure () -> String) {
    let now = MonotonicClock.nowNanoseconds
    let leftOut: Int? = recent.withLock { recent in
      if let last = recent[subject], now - last.loggedNanoseconds < Self.intervalNanoseconds {
        recent[subject]?.leftOut += 1
        return nil
      }
      return recent.updateValue(Recent(loggedNanoseconds: now), forKey: subject)?.leftOut ?? 0
    }
    guard let leftOut else { return }
    logger.warning("\(message())\(leftOut == 0 ? "" : " (and \(leftOut) more such warnings since the last)")")
  }
}
