package import CHindcastProto
package import HindcastFormat

package struct RemoveCursorRequest: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "RemoveCursorRequest", initialize: hindcast__v1__remove_cursor_request__init,
    unpack: hindcast__v1__remove_cursor_request__unpack,
    packedByteCount: hindcast__v1__remove_cursor_request__get_packed_size,
    pack: hindcast__v1__remove_cursor_request__pack)

  package var name: String

  package init(name: String) { self.name = name }

  package init(_ view: Hindcast__V1__RemoveCursorRequest) throws(FormatError) {
    name = try view.name.utf8("name")
  }

  package func fill(_ view: inout Hindcast__V1__RemoveCursorRequest, in arena: borrowing ProtobufArena) {
    view.name = arena.string(name)
  }
}

package struct RemoveCursorResponse: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "RemoveCursorResponse", initialize: hindcast__v1__remove_cursor_response__init,
    unpack: hindcast__v1__remove_cursor_response__unpack,
    packedByteCount: hindcast__v1__remove_cursor_response__get_packed_size,
    pack: hindcast__v1__remove_cursor_response__pack)

  /// As it stood.
  package var cursor: NamedCursor

  package init(cursor: NamedCursor) { self.cursor = cursor }

  package init(_ view: Hindcast__V1__RemoveCursorResponse) throws(FormatError) {
    cursor = try NamedCursor(try required(view.cursor, "cursor").pointee)
  }

  package func fill(_ view: inout Hindcast__V1__RemoveCursorResponse, in arena: borrowing ProtobufArena) {
    view.cursor = cursor.allocateView(in: arena)
  }
}
