package import CHindcastProto
package import HindcastFormat

/// `ReadResponse` of `service.proto` is a `StoredItem`: what storage yields is what travels.
extension StoredItem: WireMessage {
  package static let coding = WireCoding(
    messageName: "ReadResponse", initialize: hindcast__v1__read_response__init,
    unpack: hindcast__v1__read_response__unpack,
    packedByteCount: hindcast__v1__read_response__get_packed_size, pack: hindcast__v1__read_response__pack)

  package init(_ view: Hindcast__V1__ReadResponse) throws(FormatError) {
    switch view.item_case {
    case HINDCAST__V1__READ_RESPONSE__ITEM_BLOCK:
      guard let block = view.block?.pointee else { throw FormatError(.corrupt, "ReadResponse.block is missing") }
      self = .block(StoredBlock(block))
    case HINDCAST__V1__READ_RESPONSE__ITEM_GAP:
      guard let gap = view.gap?.pointee else { throw FormatError(.corrupt, "ReadResponse.gap is missing") }
      self = .gap(try ReadGap(gap))
    case HINDCAST__V1__READ_RESPONSE__ITEM_REACHED:
      self = .reached(view.reached)
    default:
      throw FormatError(.unsupported, "the server sent an item that this reader does not know; update hindcast")
    }
  }

  package func fill(_ view: inout Hindcast__V1__ReadResponse, in arena: borrowing ProtobufArena) {
    switch self {
    case .block: break  // `withView` sets it
    case .gap(let gap):
      view.item_case = HINDCAST__V1__READ_RESPONSE__ITEM_GAP
      view.gap = gap.allocateView(in: arena)
    case .reached(let position):
      view.item_case = HINDCAST__V1__READ_RESPONSE__ITEM_REACHED
      view.reached = position
    }
  }

  package func withView<Result>(
    in arena: borrowing ProtobufArena, _ body: (inout Hindcast__V1__ReadResponse) -> Result
  ) -> Result {
    var view = Self.coding.emptyView()
    guard case .block(let stored) = self else {
      fill(&view, in: arena)
      return body(&view)
    }
    return stored.bytes.withBorrowedView { bytes in
      var block = Hindcast__V1__StoredBlock()
      hindcast__v1__stored_block__init(&block)
      block.position = stored.position
      block.last_position = stored.lastPosition
      block.block = bytes
      block.payload_hash = stored.payloadHash
      return withUnsafeMutablePointer(to: &block) { block in
        view.item_case = HINDCAST__V1__READ_RESPONSE__ITEM_BLOCK
        view.block = block
        return body(&view)
      }
    }
  }
}

extension StoredBlock {
  init(_ view: Hindcast__V1__StoredBlock) {
    self.init(
      position: view.position, lastPosition: view.last_position, bytes: view.block.array,
      payloadHash: view.payload_hash)
  }
}
