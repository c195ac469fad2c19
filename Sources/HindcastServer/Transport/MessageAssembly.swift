internal import NIOCore

/// Puts the messages of one stream together from the pieces they come in.
///
/// A piece is a part of a socket's buffer, which is larger than what a small message needs of it; so bytes are copied to
/// memory that has the message's size, and grows with what has come rather than with what a prefix claims.
struct MessageAssembly {
  enum Step: Equatable {
    /// A whole message, with its prefix.
    case message(ByteBuffer)
    /// A prefix that claims a message of this many bytes, over the limit.
    case oversized(Int)
    /// The piece is used up.
    case more
  }

  /// A gRPC message's prefix: a byte for compression, four for the length.
  static let prefixBytes = 5

  private var partial = ByteBuffer()

  /// Bytes of the message that is not whole yet, its prefix included.
  var byteCount: Int { partial.readableBytes }
  /// Of that message, once the prefix is there; its prefix included.
  var expectedByteCount: Int? {
    guard partial.readableBytes >= Self.prefixBytes else { return nil }
    return Self.prefixBytes + Int(partial.getInteger(at: partial.readerIndex + 1, as: UInt32.self)!)
  }

  /// Takes from the front of the piece. Call again until it says `more`.
  mutating func take(from piece: inout ByteBuffer, messageBytesMax: Int) -> Step {
    if partial.readableBytes < Self.prefixBytes {
      move(from: &piece, upTo: Self.prefixBytes)
      guard let expected = expectedByteCount else { return .more }
      guard expected - Self.prefixBytes <= messageBytesMax else { return .oversized(expected - Self.prefixBytes) }
    }
    guard let expected = expectedByteCount else { return .more }
    move(from: &piece, upTo: expected)
    guard partial.readableBytes == expected else { return .more }
    defer { partial = ByteBuffer() }
    return .message(partial)
  }

  private mutating func move(from piece: inout ByteBuffer, upTo count: Int) {
    let missing = min(count - partial.readableBytes, piece.readableBytes)
    guard missing > 0, var part = piece.readSlice(length: missing) else { return }
    // A small message gets its memory at once, a large one twice as much each time.
    if count <= 64 << 10 { partial.reserveCapacity(count) }
    partial.writeBuffer(&part)
  }

  /// What is left when the stream ends in the middle of a message.
  mutating func takeRest() -> ByteBuffer {
    defer { partial = ByteBuffer() }
    return partial
  }
}
