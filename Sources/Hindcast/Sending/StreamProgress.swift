internal import Synchronization

/// How far an attempt at a stream has come, for those who watch over it.
final class StreamProgress: Sendable {
  /// The outbox's number of the stream; 0: there is no connection yet. The outbox counts from 1.
  private let number = Atomic<UInt64>(0)

  /// 0: not open.
  var stream: UInt64 { number.load(ordering: .acquiring) }

  func opened(_ stream: UInt64) { number.store(stream, ordering: .releasing) }
}
