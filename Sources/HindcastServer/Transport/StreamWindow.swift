internal import NIOCore

/// How much a peer may send on a stream ahead of what the server has taken.
///
/// HTTP/2 gives every stream `windowBytes`, and NIO renews that. Two things are given on top here. A message that has room is
/// let in as a whole. And a stream that uses its window up quickly may send ahead of that, as far as there is memory: its
/// window grows fourfold each time, and is renewed as long as the stream goes on like that. What was given cannot be taken
/// back, so it counts as memory from then on.
struct StreamWindow {
  private let initial: Int
  private let most: Int
  /// What the stream should have now.
  private var target: Int
  /// Given for the message that is on its way in, which has room for it, and not used yet.
  private var covered = 0
  /// Given beyond that, and not used yet: claimed in the pool.
  private var credit = 0
  /// Used, but by a message that has no room yet.
  private var unsettled = 0
  private var receivedSinceGrant = 0
  private var lastGrant = NIODeadline.now()
  private var isCounted = false

  init(_ limits: ServerLimits) {
    initial = limits.windowBytes
    most = limits.windowBytesMax
    target = limits.windowBytes
  }

  mutating func received(_ byteCount: Int) {
    let expected = min(covered, byteCount)
    covered -= expected
    let used = min(credit, byteCount - expected)
    credit -= used
    unsettled += used
    receivedSinceGrant += byteCount
  }

  /// So many bytes of the message are still to come, and there is room for them. Returns how much more the peer may send;
  /// nil: it may already. The caller tells the peer.
  mutating func cover(_ missing: Int) -> Int? {
    let increment = missing - initial - credit - covered
    guard increment > 0 else { return nil }
    covered += increment
    return increment
  }

  /// What was received has room of its own, or needs none.
  mutating func settle(_ pool: ClaimPool) {
    guard unsettled > 0 else { return }
    pool.release(byteCount: unsettled)
    unsettled = 0
  }

  /// How much more the peer may send from now on; nil: nothing changes. The caller tells the peer.
  mutating func grant(_ gates: TransportGates) -> Int? {
    guard receivedSinceGrant >= target / 2 else { return nil }
    let now = NIODeadline.now()
    let isFast = now - lastGrant < Self.quick
    receivedSinceGrant = 0
    lastGrant = now
    target = isFast ? min(target * 4, most) : max(initial, target / 4)
    if target > initial, !isCounted {
      gates.countBusy(1)
      isCounted = true
    } else if target == initial, isCounted {
      gates.countBusy(-1)
      isCounted = false
    }
    let fair = min(target - initial, gates.windowShare)
    guard fair - credit >= initial, gates.room.tryClaim(fair - credit, below: gates.room.bytesMax / 2) != nil else {
      return nil
    }
    let increment = fair - credit
    credit = fair
    return increment
  }

  mutating func giveBack(_ gates: TransportGates) {
    gates.room.release(byteCount: credit + unsettled)
    credit = 0
    unsettled = 0
    if isCounted { gates.countBusy(-1) }
    isCounted = false
  }

  /// A stream is busy if it fills half its window in this time.
  private static let quick = TimeAmount.milliseconds(250)
}
