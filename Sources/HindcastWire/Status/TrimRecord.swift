package import CHindcastProto
package import HindcastFormat

/// `Trimmed` of `service.proto`: what retention has dropped of one model.
extension TrimRecord: WireMessage {
  package static let coding = WireCoding(
    messageName: "Trimmed", initialize: hindcast__v1__trimmed__init, unpack: hindcast__v1__trimmed__unpack,
    packedByteCount: hindcast__v1__trimmed__get_packed_size, pack: hindcast__v1__trimmed__pack)

  package init(_ view: Hindcast__V1__Trimmed) throws(FormatError) {
    guard view.first_position <= view.last_position, view.min_time <= view.max_time else {
      throw FormatError(.corrupt, "a record of what was trimmed ends before it begins")
    }
    let model = try view.model.utf8("trimmed model")
    self.init(
      model: model.isEmpty ? nil : model, positions: view.first_position...view.last_position,
      times: view.undated != 0 ? nil : view.min_time...view.max_time, rows: view.rows, bytes: view.bytes,
      files: view.files)
  }

  package func fill(_ view: inout Hindcast__V1__Trimmed, in arena: borrowing ProtobufArena) {
    view.model = arena.string(model ?? "")
    view.first_position = positions.lowerBound
    view.last_position = positions.upperBound
    view.undated = times == nil ? 1 : 0
    view.min_time = times?.lowerBound ?? 0
    view.max_time = times?.upperBound ?? 0
    view.rows = rows
    view.bytes = bytes
    view.files = files
  }
}
