package import CHindcastProto
package import HindcastFormat

/// One block on its way to the journal, with what makes a resend harmless.
package struct AppendRequest: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "AppendRequest", initialize: hindcast__v1__append_request__init,
    unpack: hindcast__v1__append_request__unpack,
    packedByteCount: hindcast__v1__append_request__get_packed_size, pack: hindcast__v1__append_request__pack)

  /// `.none` appends without protection against resends.
  package var producer: ProducerID
  package var epoch: UInt64
  /// 1, 2, 3, ... within the epoch.
  package var sequence: UInt64
  /// XXH3-64 of `block`; 0: not given.
  package var payloadHash: UInt64
  /// `hindcast.v1.Block`, not looked into here.
  package var block: [UInt8]

  package init(
    producer: ProducerID = .none, epoch: UInt64 = 0, sequence: UInt64 = 0, payloadHash: UInt64 = 0, block: [UInt8]
  ) {
    self.producer = producer
    self.epoch = epoch
    self.sequence = sequence
    self.payloadHash = payloadHash
    self.block = block
  }

  package init(_ view: Hindcast__V1__AppendRequest) throws(FormatError) {
    producer = try Self.producer(view.producer.buffer)
    epoch = view.epoch
    sequence = view.sequence
    payloadHash = view.payload_hash
    block = view.block.array
  }

  package init(protobuf bytes: UnsafeRawBufferPointer) throws(FormatError) {
    self.init(block: [])
    do throws(FormatError) {
      // Of a field that comes twice the last counts, and only that one is copied.
      var blockBytes = UnsafeRawBufferPointer(start: nil, count: 0)
      var producerBytes = blockBytes
      var cursor = ProtobufCursor(bytes)
      while let field = try cursor.next() {
        switch field.number {
        case 1: producerBytes = try field.bytes("producer")
        case 2: epoch = try field.integer("epoch")
        case 3: sequence = try field.integer("sequence")
        case 4: payloadHash = try field.fixed64("payload_hash")
        case 5: blockBytes = try field.bytes("block")
        default: break  // a newer client's
        }
      }
      producer = try Self.producer(producerBytes)
      block = [UInt8](blockBytes)
    } catch {
      throw FormatError(
        error.code, "\(Self.coding.messageName) of \(bytes.count) bytes is not a valid message: \(error.message)")
    }
  }

  private static func producer(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> ProducerID {
    if bytes.isEmpty { return .none }
    guard let producer = ProducerID(bytes: bytes) else {
      throw FormatError(.invalid, "producer has \(bytes.count) bytes; send 16 random bytes, or none")
    }
    return producer
  }

  package func fill(_ view: inout Hindcast__V1__AppendRequest, in arena: borrowing ProtobufArena) {
    if producer != .none { view.producer = arena.bytes(producer.bytes) }
    view.epoch = epoch
    view.sequence = sequence
    view.payload_hash = payloadHash
  }

  package func withView<Result>(
    in arena: borrowing ProtobufArena, _ body: (inout Hindcast__V1__AppendRequest) -> Result
  ) -> Result {
    block.withBorrowedView { block in
      var view = Self.coding.emptyView()
      fill(&view, in: arena)
      view.block = block
      return body(&view)
    }
  }
}

extension [UInt8] {
  /// The bytes as a `bytes` field that is only read, without a copy.
  func withBorrowedView<Result>(_ body: (ProtobufCBinaryData) -> Result) -> Result {
    withUnsafeBufferPointer {
      body(ProtobufCBinaryData(len: $0.count, data: UnsafeMutablePointer(mutating: $0.baseAddress)))
    }
  }
}
