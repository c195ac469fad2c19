/// A stretch of the log that a reader asked for and does not get.
package struct ReadGap: Sendable, Equatable {
  package enum Kind: UInt8, Sendable, CaseIterable {
    /// The rows of these positions are lost.
    case damaged = 1
    /// Retention dropped rows among these positions; others of them may be there.
    case trimmed = 2
  }

  package var kind: Kind
  package var positions: ClosedRange<UInt64>
  package var reason: String
  /// Of trimmed rows: their model; nil: several, or not known.
  package var model: String?
  /// Of trimmed rows: their event times, microseconds since 1970 UTC; nil: they have none, or not known.
  package var times: ClosedRange<Int64>?

  package init(
    positions: ClosedRange<UInt64>, reason: String, kind: Kind = .damaged, model: String? = nil,
    times: ClosedRange<Int64>? = nil
  ) {
    self.kind = kind
    self.positions = positions
    self.reason = reason
    self.model = model
    self.times = times
  }
}

extension ReadGap.Kind {
  package var word: String { "\(self)" }
}
