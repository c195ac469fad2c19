/// One row of the table of cases in `proto/FORMAT.md`: what stands where the frame of the next position should, in a
/// segment that was not sealed, and the one action that follows. Pure.
///
/// A group of frames is written and made durable before the next one is begun, and every header names the durable position
/// of the moment it was written. So a position at or below the highest durable position seen anywhere (W) was acknowledged:
/// if it is missing, it was damaged later. A position above W was not: if it is missing, its write was cut short, and nothing
/// of the same or a later group was acknowledged either.
enum BreakCase: Equatable, CaseIterable {
  /// 1. Nothing there, P > W: the end of the log.
  case end
  /// 2. Bytes there and no frame behind them, P > W: a group whose write was cut short.
  case tornGroup
  /// 3. A frame of a later position there, P > W: such a group, of which later frames arrived before earlier ones.
  case tornGroupOutOfOrder
  /// 4. Nothing there, P <= W: acknowledged frames that were never stored, or were cut off.
  case vanished
  /// 5. Bytes there and no frame behind them, P <= W: acknowledged frames that were damaged.
  case damagedEnd
  /// 6. A frame of position Q > P there, and Q - 1 <= W: acknowledged frames that were damaged, before one that was not.
  case damagedMiddle
  /// 7. A frame of position Q > P there, P <= W < Q - 1: acknowledged frames that were damaged, before a torn group.
  case damagedBeforeTornGroup
  /// 8. The frame of position P itself, behind bytes that are no frame.
  case strayBytes

  /// At which position reading stops, and what is done about what is missing.
  enum Action: Equatable {
    /// Seal here. Nothing is missing.
    case seal
    /// Save the bytes from here on aside, count them, cut them off, seal.
    case cut
    /// Record P...W as a gap. No byte of it is cut. Then save aside, cut and count what was never acknowledged.
    case gapToWatermark
    /// Record P...Q-1 as a gap, and go on with Q.
    case gapToNextFrame
    /// Go on with P: no position is missing.
    case goOn
  }

  /// `nextFrame`: the position of the next good frame, not below `position`; nil: none follows.
  init(position: UInt64, watermark: UInt64, nextFrame: UInt64?, hasBytes: Bool) {
    let isAcknowledged = position <= watermark
    switch (nextFrame, isAcknowledged, hasBytes) {
    case (nil, false, false): self = .end
    case (nil, false, true): self = .tornGroup
    case (nil, true, false): self = .vanished
    case (nil, true, true): self = .damagedEnd
    case (position?, _, _): self = .strayBytes
    case (_?, false, _): self = .tornGroupOutOfOrder
    case (let next?, true, _): self = next - 1 <= watermark ? .damagedMiddle : .damagedBeforeTornGroup
    }
  }

  var action: Action {
    switch self {
    case .end: .seal
    case .tornGroup, .tornGroupOutOfOrder: .cut
    case .vanished, .damagedEnd, .damagedBeforeTornGroup: .gapToWatermark
    case .damagedMiddle: .gapToNextFrame
    case .strayBytes: .goOn
    }
  }
}
