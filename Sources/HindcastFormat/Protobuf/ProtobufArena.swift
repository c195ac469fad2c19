package import CHindcastProto

/// Memory for one protobuf-c message, read or written: a few large chunks, freed together.
///
/// Reading: `unpack` builds the C structs in the arena; they live as long as it does. Writing: `allocate`, `bytes` and
/// `string` make what the C structs point to.
package struct ProtobufArena: ~Copyable {
  private let arena: OpaquePointer

  /// For writing our own messages: bounded only by what a block may hold.
  package init() { self.init(byteLimit: Limits.decodedBytesMax) }

  package init(byteLimit: Int) {
    guard let arena = hindcast_arena_create(byteLimit) else { fatalError("out of memory") }
    self.arena = arena
  }

  /// For reading a message of `byteCount` bytes: bounds what hostile bytes can take.
  package init(forMessageOf byteCount: Int, bytesMax: Int = Limits.decodedBytesMax) {
    self.init(byteLimit: min(byteCount * Limits.arenaFactor, bytesMax) + Limits.arenaConstantBytes)
  }

  deinit { hindcast_arena_destroy(arena) }

  /// Unpacks with a generated function such as `hindcast__v1__column__unpack`. `what` names the message in the error.
  package func unpack<Message>(
    _ bytes: UnsafeRawBufferPointer, what: String,
    with function: (UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?) -> UnsafeMutablePointer<
      Message
    >?
  ) throws(FormatError) -> UnsafeMutablePointer<Message> {
    // An empty message is valid, but its base address may be nil, which the C code would read.
    var empty: UInt8 = 0
    let message: UnsafeMutablePointer<Message>? =
      if let base = bytes.baseAddress {
        function(hindcast_arena_allocator(arena), bytes.count, base.assumingMemoryBound(to: UInt8.self))
      } else {
        function(hindcast_arena_allocator(arena), 0, &empty)
      }
    guard let message else {
      throw hindcast_arena_over_limit(arena)
        ? FormatError(.overLimit, "\(what) of \(bytes.count) bytes unpacks to more memory than allowed")
        : FormatError(.corrupt, "\(what) of \(bytes.count) bytes is not a valid protobuf message")
    }
    return message
  }

  /// Room for `count` values, zero-filled, so that C structs with pointers start out empty.
  package func allocate<T: BitwiseCopyable>(_ type: T.Type, count: Int) -> UnsafeMutableBufferPointer<T> {
    guard count > 0 else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
    let byteCount = MemoryLayout<T>.stride * count
    let allocator = hindcast_arena_allocator(arena)!
    guard let memory = allocator.pointee.alloc(allocator.pointee.allocator_data, byteCount) else {
      fatalError("a message of ours is over its own limit")
    }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    return UnsafeMutableBufferPointer(start: memory.bindMemory(to: T.self, capacity: count), count: count)
  }

  /// A copy of the bytes for a `bytes` field.
  package func bytes(_ source: some Collection<UInt8>) -> ProtobufCBinaryData {
    guard !source.isEmpty else { return ProtobufCBinaryData(len: 0, data: nil) }
    let copy = allocate(UInt8.self, count: source.count)
    _ = copy.update(fromContentsOf: source)
    return ProtobufCBinaryData(len: copy.count, data: copy.baseAddress)
  }

  package func string(_ source: String) -> ProtobufCBinaryData { bytes(source.utf8) }

  /// What a repeated uint64 field is in C.
  package func words(_ source: [UInt64]) -> (count: Int, array: UnsafeMutablePointer<UInt64>?) {
    let copy = allocate(UInt64.self, count: source.count)
    for (index, word) in source.enumerated() { copy[index] = word }
    return (copy.count, copy.baseAddress)
  }

  /// The array of pointers that a repeated message field is in C: one initialised by `make` for each element.
  package func pointers<Element, Message: BitwiseCopyable>(
    _ elements: some Collection<Element>, _ make: (Element) -> Message
  ) -> (count: Int, array: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?) {
    let messages = allocate(Message.self, count: elements.count)
    let array = allocate(UnsafeMutablePointer<Message>?.self, count: elements.count)
    for (index, element) in elements.enumerated() {
      messages[index] = make(element)
      array[index] = messages.baseAddress! + index
    }
    return (elements.count, array.baseAddress)
  }
}

/// Packs with a pair of generated functions, such as `hindcast__v1__column__get_packed_size` and `..__pack`.
package func packProtobuf<Message>(
  _ message: inout Message, size: (UnsafePointer<Message>?) -> Int,
  pack: (UnsafePointer<Message>?, UnsafeMutablePointer<UInt8>?) -> Int
) -> [UInt8] {
  withUnsafePointer(to: &message) { message in
    let count = size(message)
    return [UInt8](unsafeUninitializedCapacity: max(count, 1)) { buffer, initialized in
      initialized = pack(message, buffer.baseAddress)
    }
  }
}

extension ProtobufCBinaryData {
  package var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: data, count: len) }

  package var array: [UInt8] { [UInt8](buffer) }

  /// The text of a `string` field, checked; `what` names the field in the error.
  package func utf8(_ what: String) throws(FormatError) -> String {
    guard len > 0 else { return "" }
    guard let string = String(validating: buffer, as: UTF8.self) else {
      throw FormatError(.invalid, "\(what) is not valid UTF-8; send text as UTF-8")
    }
    return string
  }
}
