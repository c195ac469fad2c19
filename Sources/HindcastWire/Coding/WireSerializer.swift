package import GRPCCore
internal import HindcastFormat

/// Packs a message straight into the transport's buffer: one copy of the bytes it carries.
package struct WireSerializer<Message: WireMessage>: MessageSerializer {
  package init() {}

  package func serialize<Bytes: GRPCContiguousBytes>(_ message: Message) throws -> Bytes {
    let arena = ProtobufArena()
    return message.withView(in: arena) { view in
      var bytes = Bytes(repeating: 0, count: Message.coding.packedByteCount(&view))
      bytes.withUnsafeMutableBytes { buffer in
        _ = Message.coding.pack(&view, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self))
      }
      return bytes
    }
  }
}

/// Unpacks a message. Bytes that are no such message end the RPC with INVALID_ARGUMENT; they never trap.
package struct WireDeserializer<Message: WireMessage>: MessageDeserializer {
  package init() {}

  package func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> Message {
    do {
      return try bytes.withUnsafeBytes { buffer in try Message(protobuf: buffer) }
    } catch let error as FormatError {
      throw RPCError(code: .invalidArgument, message: error.message)
    }
  }
}
