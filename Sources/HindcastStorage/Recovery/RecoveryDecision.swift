/// What to do with the end of the newest segment when it was not sealed. Pure: facts in, decision out.
///
/// A frame's header carries the durable position of the moment it was written. So what is missing at or below the highest
/// durable position seen anywhere was acknowledged and then damaged; what is missing above it was never acknowledged.
enum RecoveryDecision: Equatable {
  /// Seal behind the last good frame.
  case seal
  /// Save the bytes aside, cut them off, count them, seal.
  case cutTornTail
  /// Acknowledged positions are gone. Leave every byte where it is, record the gap, seal behind it.
  case recordGap(ClosedRange<UInt64>)

  struct Facts: Equatable {
    /// The first position behind the last good frame.
    var nextPosition: UInt64
    /// The highest durable position that any header, the manifest or another segment vouches for.
    var highestDurablePosition: UInt64
    /// Whether bytes other than zero stand behind the last good frame.
    var hasTornTail: Bool
  }

  init(_ facts: Facts) {
    if facts.nextPosition <= facts.highestDurablePosition {
      self = .recordGap(facts.nextPosition...facts.highestDurablePosition)
    } else {
      self = facts.hasTornTail ? .cutTornTail : .seal
    }
  }
}
