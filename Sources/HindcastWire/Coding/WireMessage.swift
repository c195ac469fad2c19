internal import CHindcastProto
package import HindcastFormat

/// A message of `service.proto` or `health.proto`: a Swift value, and how it becomes the C struct that protobuf-c packs.
///
/// Conformances read C fields into checked Swift values (`init(_:)`) and write them back (`withView`); nothing else in
/// Hindcast sees the C view of an RPC message.
package protocol WireMessage: Sendable {
  /// The generated C struct.
  associatedtype View
  static var coding: WireCoding<View> { get }
  /// Throws `.invalid` for text that is not UTF-8 and for enum values that do not exist, naming the field.
  init(_ view: View) throws(FormatError)
  /// Sets the fields of `view`, which starts out empty. What it points to is allocated from `arena`.
  func fill(_ view: inout View, in arena: borrowing ProtobufArena)
  /// Calls `body` with the filled view. Messages that carry a block implement this themselves, so that the view points
  /// at the block's own bytes instead of a copy.
  func withView<Result>(in arena: borrowing ProtobufArena, _ body: (inout View) -> Result) -> Result
  /// Reads the message from its protobuf bytes. Safe for any bytes. The message with the large blocks implements this
  /// itself, without the arena, which holds a second copy and up to `Limits.arenaFactor` times the size of hostile bytes.
  init(protobuf bytes: UnsafeRawBufferPointer) throws(FormatError)
}

extension WireMessage {
  package func withView<Result>(in arena: borrowing ProtobufArena, _ body: (inout View) -> Result) -> Result {
    var view = Self.coding.emptyView()
    fill(&view, in: arena)
    return body(&view)
  }

  package init(protobuf bytes: UnsafeRawBufferPointer) throws(FormatError) {
    let arena = ProtobufArena(forMessageOf: bytes.count)
    let view = try arena.unpack(bytes, what: Self.coding.messageName, with: Self.coding.unpack)
    self = try Self(view.pointee)
  }
}

/// The generated C functions of one message.
package struct WireCoding<View>: Sendable {
  /// As the `.proto` file has it; errors name it.
  let messageName: String
  let initialize: @Sendable (UnsafeMutablePointer<View>?) -> Void
  let unpack:
    @Sendable (UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?) -> UnsafeMutablePointer<View>?
  let packedByteCount: @Sendable (UnsafePointer<View>?) -> Int
  let pack: @Sendable (UnsafePointer<View>?, UnsafeMutablePointer<UInt8>?) -> Int

  /// The message with every field at its default.
  func emptyView() -> View {
    withUnsafeTemporaryAllocation(of: View.self, capacity: 1) { memory in
      initialize(memory.baseAddress)
      return memory[0]
    }
  }
}
