package import CHindcastProto
package import HindcastFormat

/// `Cursor` of `service.proto`.
extension NamedCursor: WireMessage {
  package static let coding = WireCoding(
    messageName: "Cursor", initialize: hindcast__v1__cursor__init, unpack: hindcast__v1__cursor__unpack,
    packedByteCount: hindcast__v1__cursor__get_packed_size, pack: hindcast__v1__cursor__pack)

  package init(_ view: Hindcast__V1__Cursor) throws(FormatError) {
    let model = try view.model.utf8("cursor model")
    self.init(
      name: try view.name.utf8("cursor name"), position: view.position, model: model.isEmpty ? nil : model,
      time: view.time)
  }

  package func fill(_ view: inout Hindcast__V1__Cursor, in arena: borrowing ProtobufArena) {
    view.name = arena.string(name)
    view.position = position
    view.model = arena.string(model ?? "")
    view.time = time
  }
}
