/// What a stored block is filed under, read from the front of its bytes without unpacking its columns: a recovery scan does
/// this for every frame of a segment.
package enum BlockHead {
  /// The stream of a serialised `hindcast.v1.Block`. Columns are passed over by their lengths and not looked into.
  package static func stream(of bytes: UnsafeRawBufferPointer) throws(FormatError) -> StreamKey {
    var reader = WireReader(bytes: bytes)
    var kind: UInt64 = 0
    var environment: UInt64 = 0
    var model = UnsafeRawBufferPointer(start: nil, count: 0)
    var version = UnsafeRawBufferPointer(start: nil, count: 0)
    while !reader.isAtEnd {
      let key = try reader.varint()
      switch (key >> 3, key & 7) {
      case (1, 0): kind = try reader.varint()
      case (2, 2): model = try reader.field()
      case (3, 2): version = try reader.field()
      case (4, 0): environment = try reader.varint()
      case (_, let wireType): try reader.pass(wireType)
      }
    }
    guard let kind = UInt8(exactly: kind).flatMap(EventKind.init(rawValue:)),
      let environment = UInt8(exactly: environment).flatMap(Environment.init(rawValue:)),
      let model = String(validating: model, as: UTF8.self), let version = String(validating: version, as: UTF8.self),
      !model.isEmpty
    else { throw FormatError(.invalid, "block: kind, environment, model or version is not valid") }
    return StreamKey(kind: kind, model: model, version: version, environment: environment)
  }
}

/// Walks over the fields of one protobuf message. Safe for any bytes.
private struct WireReader {
  let bytes: UnsafeRawBufferPointer
  var offset = 0

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { offset >= bytes.count }

  mutating func varint() throws(FormatError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < bytes.count, shift < 64 {
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    throw FormatError(.truncated, "block: a number runs over the end at offset \(offset)")
  }

  mutating func field() throws(FormatError) -> UnsafeRawBufferPointer {
    let count = try varint()
    guard count <= UInt64(bytes.count - offset) else {
      throw FormatError(.truncated, "block: a field of \(count) bytes runs over the end at offset \(offset)")
    }
    defer { offset += Int(count) }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(count)])
  }

  mutating func pass(_ wireType: UInt64) throws(FormatError) {
    switch wireType {
    case 0: _ = try varint()
    case 1: try skip(8)
    case 2: _ = try field()
    case 5: try skip(4)
    default: throw FormatError(.corrupt, "block: wire type \(wireType) at offset \(offset)")
    }
  }

  private mutating func skip(_ count: Int) throws(FormatError) {
    guard count <= bytes.count - offset else {
      throw FormatError(.truncated, "block: a field runs over the end at offset \(offset)")
    }
    offset += count
  }
}
