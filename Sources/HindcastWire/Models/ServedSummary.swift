package import CHindcastProto
package import HindcastFormat

/// How many predictions of one version and environment were served, and what of them is in the log.
package struct ServedSummary: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "ServedSummary", initialize: hindcast__v1__served_summary__init,
    unpack: hindcast__v1__served_summary__unpack,
    packedByteCount: hindcast__v1__served_summary__get_packed_size, pack: hindcast__v1__served_summary__pack)

  package var version: String
  package var environment: Environment
  /// Logged, and lost predictions.
  package var served: UInt64
  package var logged: UInt64
  /// By kind and reason; predictions and others.
  package var lost: [LostSummary]
  /// Rows of loss blocks that are no reports.
  package var unreadableReports: UInt64

  /// `served` follows from the others.
  package init(version: String, environment: Environment, logged: UInt64, lost: [LostSummary], unreadable: UInt64) {
    self.version = version
    self.environment = environment
    self.logged = logged
    self.lost = lost
    unreadableReports = unreadable
    served = lost.lazy.filter { $0.kind == .prediction }.reduce(logged) { $0.addingClamped($1.sum.count) }
  }

  package init(_ view: Hindcast__V1__ServedSummary) throws(FormatError) {
    version = try view.version.utf8("version")
    environment = try required(Environment.optional(view.environment), "environment")
    served = view.served
    logged = view.logged
    lost = try elements(view.lost, count: view.n_lost).map { (each) throws(FormatError) in try LostSummary(each) }
    unreadableReports = view.unreadable_reports
  }

  package func fill(_ view: inout Hindcast__V1__ServedSummary, in arena: borrowing ProtobufArena) {
    view.version = arena.string(version)
    view.environment = environment.view
    view.served = served
    view.logged = logged
    (view.n_lost, view.lost) = arena.messages(lost)
    view.unreadable_reports = unreadableReports
  }
}

/// Events of one kind that are not in the log for one reason.
package struct LostSummary: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "LostSummary", initialize: hindcast__v1__lost_summary__init,
    unpack: hindcast__v1__lost_summary__unpack,
    packedByteCount: hindcast__v1__lost_summary__get_packed_size, pack: hindcast__v1__lost_summary__pack)

  package var kind: EventKind
  package var reason: String
  package var sum: LossSum

  package init(kind: EventKind, reason: String, sum: LossSum) {
    self.kind = kind
    self.reason = reason
    self.sum = sum
  }

  package init(_ view: Hindcast__V1__LostSummary) throws(FormatError) {
    guard view.first_time <= view.last_time else {
      throw FormatError(
        .corrupt, "lost events end at \(view.last_time), before they begin at \(view.first_time)")
    }
    kind = try required(EventKind.optional(view.kind), "kind")
    reason = try view.reason.utf8("reason")
    sum = LossSum(count: view.count, bytes: view.bytes, times: view.first_time...view.last_time)
  }

  package func fill(_ view: inout Hindcast__V1__LostSummary, in arena: borrowing ProtobufArena) {
    view.kind = kind.view
    view.reason = arena.string(reason)
    view.count = sum.count
    view.bytes = sum.bytes
    view.first_time = sum.times.lowerBound
    view.last_time = sum.times.upperBound
  }
}
