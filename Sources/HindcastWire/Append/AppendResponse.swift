package import CHindcastProto
package import HindcastFormat

/// The answer to one block: where it stands on disk, or why it is not stored.
package struct AppendResponse: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "AppendResponse", initialize: hindcast__v1__append_response__init,
    unpack: hindcast__v1__append_response__unpack,
    packedByteCount: hindcast__v1__append_response__get_packed_size, pack: hindcast__v1__append_response__pack)

  /// The request's sequence.
  package var sequence: UInt64
  /// 0 when the block is refused, or a duplicate so old that its place is no longer known.
  package var position: UInt64
  package var isDuplicate: Bool
  package var error: Refusal?

  package init(sequence: UInt64, position: UInt64, isDuplicate: Bool = false) {
    self.sequence = sequence
    self.position = position
    self.isDuplicate = isDuplicate
  }

  package init(sequence: UInt64, error: Refusal) {
    self.sequence = sequence
    self.position = 0
    self.isDuplicate = false
    self.error = error
  }

  package init(_ view: Hindcast__V1__AppendResponse) throws(FormatError) {
    sequence = view.sequence
    position = view.position
    isDuplicate = view.duplicate != 0
    if let refusal = view.error { error = try Refusal(refusal.pointee) }
  }

  package func fill(_ view: inout Hindcast__V1__AppendResponse, in arena: borrowing ProtobufArena) {
    view.sequence = sequence
    view.position = position
    view.duplicate = isDuplicate ? 1 : 0
    if let error { view.error = error.allocateView(in: arena) }
  }
}
