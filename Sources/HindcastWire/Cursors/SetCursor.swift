package import CHindcastProto
package import HindcastFormat

package struct SetCursorRequest: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "SetCursorRequest", initialize: hindcast__v1__set_cursor_request__init,
    unpack: hindcast__v1__set_cursor_request__unpack,
    packedByteCount: hindcast__v1__set_cursor_request__get_packed_size, pack: hindcast__v1__set_cursor_request__pack)

  package var name: String
  package var position: UInt64
  /// nil: of all models.
  package var model: String?
  /// The cursor may also move back, or to another model.
  package var resets: Bool

  package init(name: String, position: UInt64, model: String? = nil, resets: Bool = false) {
    self.name = name
    self.position = position
    self.model = model
    self.resets = resets
  }

  package init(_ view: Hindcast__V1__SetCursorRequest) throws(FormatError) {
    let model = try view.model.utf8("model")
    self.init(
      name: try view.name.utf8("name"), position: view.position, model: model.isEmpty ? nil : model,
      resets: view.reset != 0)
  }

  package func fill(_ view: inout Hindcast__V1__SetCursorRequest, in arena: borrowing ProtobufArena) {
    view.name = arena.string(name)
    view.position = position
    view.model = arena.string(model ?? "")
    view.reset = resets ? 1 : 0
  }
}

package struct SetCursorResponse: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "SetCursorResponse", initialize: hindcast__v1__set_cursor_response__init,
    unpack: hindcast__v1__set_cursor_response__unpack,
    packedByteCount: hindcast__v1__set_cursor_response__get_packed_size, pack: hindcast__v1__set_cursor_response__pack)

  /// As it stands now.
  package var cursor: NamedCursor

  package init(cursor: NamedCursor) { self.cursor = cursor }

  package init(_ view: Hindcast__V1__SetCursorResponse) throws(FormatError) {
    cursor = try NamedCursor(try required(view.cursor, "cursor").pointee)
  }

  package func fill(_ view: inout Hindcast__V1__SetCursorResponse, in arena: borrowing ProtobufArena) {
    view.cursor = cursor.allocateView(in: arena)
  }
}
