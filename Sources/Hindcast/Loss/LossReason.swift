/// Why events are not in the log. The raw values are the words of loss reports.
enum LossReason: String, Sendable, CaseIterable {
  /// Memory was full.
  case queueFull = "queue_full"
  /// The sampling left them out.
  case sampledOut = "sampled_out"
  /// They broke a rule: an empty name, a value too large.
  case rejected = "rejected"
  /// The server refused them for good.
  case refused = "refused"
  /// They came after the shutdown, or its deadline cut them off.
  case shutdown = "shutdown"
  /// The spool was full.
  case spoolFull = "spool_full"
  /// The spool's file was damaged.
  case spoolDamaged = "spool_damaged"

  /// Its place among all of them.
  var index: Int {
    switch self {
    case .queueFull: 0
    case .sampledOut: 1
    case .rejected: 2
    case .refused: 3
    case .shutdown: 4
    case .spoolFull: 5
    case .spoolDamaged: 6
    }
  }
}
