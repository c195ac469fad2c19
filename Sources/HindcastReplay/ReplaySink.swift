package import HindcastFormat

/// Where a replay goes. Data and checkpoint are committed together, so that a replay which is killed and started again
/// delivers each event once.
///
/// Calls come from one task: `begin`, `checkpoint`, then any number of `write`s, then `commit`, and so on; at the end
/// `close`. A sink that is dropped without a commit leaves nothing that a reader of its table would see.
package protocol ReplaySink {
  /// The kinds of events that the sink has a place for; others are not read.
  var acceptedKinds: Set<EventKind> { get }
  /// What will be delivered. A sink that keeps a checkpoint throws here if it was filled with another selection.
  mutating func begin(_ selection: ReplaySelection) throws
  /// The position up to which earlier replays delivered everything; 0 for a new sink. Throws if what is there is not ours.
  mutating func checkpoint() throws -> UInt64
  /// Rows of one block, already limited to the rows that are wanted.
  mutating func write(_ rows: ReplayRows) throws
  /// Makes all that was written since the last commit visible, together with the new checkpoint.
  mutating func commit(upTo position: UInt64) throws
  mutating func close() throws
}

extension ReplaySink {
  package var acceptedKinds: Set<EventKind> { Set(EventKind.allCases) }
  package mutating func begin(_ selection: ReplaySelection) throws {}
}

/// A decoded block with what a sink needs to know of each row's place in the log.
package struct ReplayRows: Sendable {
  /// Without the system column `position`: that is `positions`.
  package var block: Block
  /// The journal position of each row's frame.
  package var positions: RowPositions

  package init(block: Block, positions: RowPositions) {
    self.block = block
    self.positions = positions
  }
}

package enum RowPositions: Sendable {
  case same(UInt64)
  case each([Int64])

  package subscript(_ row: Int) -> UInt64 {
    switch self {
    case .same(let position): position
    case .each(let positions): UInt64(bitPattern: positions[row])
    }
  }
}
