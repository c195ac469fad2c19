/// Walks the fields of a protobuf message without unpacking it: for the messages whose parts we may not want.
package struct ProtobufCursor {
  private var cursor: ByteCursor

  package init(_ bytes: UnsafeRawBufferPointer) { cursor = ByteCursor(bytes) }

  package struct Field {
    package var number: Int
    package var value: Value

    /// Throws unless the field is a varint that fits.
    package func integer(_ what: String) throws(FormatError) -> UInt64 {
      guard case .varint(let value) = value else { throw wrongWireType(what) }
      return value
    }

    package func fixed64(_ what: String) throws(FormatError) -> UInt64 {
      guard case .fixed64(let value) = value else { throw wrongWireType(what) }
      return value
    }

    /// The bytes in place: they live as long as the message's.
    package func bytes(_ what: String) throws(FormatError) -> UnsafeRawBufferPointer {
      guard case .bytes(let value) = value else { throw wrongWireType(what) }
      return value
    }

    private func wrongWireType(_ what: String) -> FormatError {
      FormatError(.corrupt, "\(what) (field \(number)) has the wrong wire type; build clients from block.proto")
    }
  }

  package enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case bytes(UnsafeRawBufferPointer)
    case fixed32(UInt32)
  }

  /// The next field; nil at the end of the message.
  package mutating func next() throws(FormatError) -> Field? {
    guard !cursor.isAtEnd else { return nil }
    let key = try cursor.varint()
    guard key >> 3 >= 1, key >> 3 <= 536_870_911 else {
      throw FormatError(.corrupt, "a protobuf field number before offset \(cursor.offset) is out of range")
    }
    let number = Int(key >> 3)
    switch key & 7 {
    case 0: return Field(number: number, value: .varint(try cursor.varint()))
    case 1: return Field(number: number, value: .fixed64(Self.integer(try cursor.take(8))))
    case 2:
      let length = try cursor.varint()
      guard length <= UInt64(cursor.remaining) else {
        throw FormatError(
          .truncated,
          "protobuf field \(number) declares \(length) bytes at offset \(cursor.offset), \(cursor.remaining) are left")
      }
      return Field(number: number, value: .bytes(try cursor.take(Int(length))))
    case 5: return Field(number: number, value: .fixed32(UInt32(Self.integer(try cursor.take(4)))))
    default:
      throw FormatError(.corrupt, "protobuf field \(number) before offset \(cursor.offset) has no known wire type")
    }
  }

  private static func integer(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension UnsafeRawBufferPointer {
  /// The text of a `string` field, checked; `what` names the field in the error.
  func utf8(_ what: @autoclosure () -> String) throws(FormatError) -> String {
    guard UTF8Check.isValid(self) else {
      throw FormatError(.invalid, "\(what()) is not valid UTF-8; send text as UTF-8")
    }
    return String(decoding: self, as: UTF8.self)
  }
}
