package import CHindcastProto
package import HindcastFormat

/// `Gap` of `service.proto`.
extension ReadGap: WireMessage {
  package static let coding = WireCoding(
    messageName: "Gap", initialize: hindcast__v1__gap__init, unpack: hindcast__v1__gap__unpack,
    packedByteCount: hindcast__v1__gap__get_packed_size, pack: hindcast__v1__gap__pack)

  package init(_ view: Hindcast__V1__Gap) throws(FormatError) {
    guard view.first_position <= view.last_position else {
      throw FormatError(
        .corrupt, "a gap ends at position \(view.last_position), before it begins at \(view.first_position)")
    }
    guard view.min_time <= view.max_time else {
      throw FormatError(.corrupt, "a gap's last time \(view.max_time) is before its first, \(view.min_time)")
    }
    let model = try view.model.utf8("gap model")
    self.init(
      positions: view.first_position...view.last_position, reason: try view.reason.utf8("gap reason"),
      // Servers that know no kinds, and kinds that this reader does not know: rows are missing.
      kind: UInt8(exactly: view.kind.rawValue).flatMap(Kind.init(rawValue:)) ?? .damaged,
      model: model.isEmpty ? nil : model,
      times: view.min_time == 0 && view.max_time == 0 ? nil : view.min_time...view.max_time)
  }

  package func fill(_ view: inout Hindcast__V1__Gap, in arena: borrowing ProtobufArena) {
    view.first_position = positions.lowerBound
    view.last_position = positions.upperBound
    view.reason = arena.string(reason)
    view.kind = Hindcast__V1__GapKind(rawValue: .init(kind.rawValue))
    view.model = arena.string(model ?? "")
    view.min_time = times?.lowerBound ?? 0
    view.max_time = times?.upperBound ?? 0
  }
}
