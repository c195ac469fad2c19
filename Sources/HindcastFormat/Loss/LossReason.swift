/// Why events are not in the log: the words of `block.proto`. An open set, so readers go by `rawValue`.
package struct LossReason: RawRepresentable, Sendable, Hashable {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }

  /// The client's memory for unsent events was full.
  package static let queueFull = LossReason(rawValue: "queue_full")
  /// Left out on purpose.
  package static let sampledOut = LossReason(rawValue: "sampled_out")
  /// Broke a rule, and the client dropped it.
  package static let rejected = LossReason(rawValue: "rejected")
  /// The server refused its block for good.
  package static let refused = LossReason(rawValue: "refused")
  /// The client ended before an answer came.
  package static let shutdown = LossReason(rawValue: "shutdown")
  /// The client's disk space for unsent events was full.
  package static let spoolFull = LossReason(rawValue: "spool_full")
  /// What the client had kept on its disk could not be read again.
  package static let spoolDamaged = LossReason(rawValue: "spool_damaged")
}
