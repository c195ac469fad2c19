internal import HindcastFormat

/// Why events of this client are not in the log. Their numbers are places in tables; their words are the format's.
enum LossCause: Int, Sendable, CaseIterable {
  /// Memory was full.
  case queueFull
  /// The sampling left them out.
  case sampledOut
  /// They broke a rule: an empty name, a value too large.
  case rejected
  /// The server refused them for good.
  case refused
  /// They came after the shutdown, or its deadline cut them off.
  case shutdown
  /// The spool was full.
  case spoolFull
  /// The spool's file was damaged.
  case spoolDamaged

  /// The word that reports have.
  var reason: LossReason {
    switch self {
    case .queueFull: .queueFull
    case .sampledOut: .sampledOut
    case .rejected: .rejected
    case .refused: .refused
    case .shutdown: .shutdown
    case .spoolFull: .spoolFull
    case .spoolDamaged: .spoolDamaged
    }
  }
}
