/// Changes to protobuf messages that a change of single bytes hardly ever comes to: numbers at the edges of their types,
/// fields gone, twice or elsewhere, and all lengths around them right again.
package enum MessageMutation {
  private struct Field {
    var number: UInt64
    var value: Value
  }

  private enum Value {
    case varint(UInt64)
    /// 4 or 8 bytes.
    case fixed([UInt8])
    case bytes([UInt8])
  }

  /// For inputs that are `prefixByteCount` bytes of choices and then a message.
  package static func ofMessage(behind prefixByteCount: Int) -> FuzzMutation {
    { bytes, bytesMax, random, inner in
      guard bytes.count > prefixByteCount, random.below(2) == 0 else { return inner(bytes, bytesMax) }
      let room = bytesMax - prefixByteCount
      let changed = mutate(Array(bytes[prefixByteCount...]), room, &random, inner)
      return Array(bytes[..<prefixByteCount] + changed.prefix(room))
    }
  }

  static func mutate(
    _ bytes: [UInt8], _ bytesMax: Int, _ random: inout FuzzRandom, _ inner: ([UInt8], Int) -> [UInt8]
  ) -> [UInt8] {
    guard var fields = parse(bytes), !fields.isEmpty else { return inner(bytes, bytesMax) }
    let index = random.below(fields.count)
    switch random.below(10) {
    case 0: fields.remove(at: index)
    case 1: fields.insert(fields[index], at: random.below(fields.count + 1))
    case 2: fields.swapAt(index, random.below(fields.count))
    case 3: fields[index].number = UInt64(1 + random.below(16))
    case 4: fields.insert(Field(number: UInt64(1 + random.below(16)), value: .varint(edge(&random))), at: index)
    default: change(&fields[index].value, bytesMax, &random, inner)
    }
    return pack(fields)
  }

  private static func change(
    _ value: inout Value, _ bytesMax: Int, _ random: inout FuzzRandom, _ inner: ([UInt8], Int) -> [UInt8]
  ) {
    switch value {
    case .varint(let before):
      switch random.below(3) {
      case 0: value = .varint(edge(&random))
      case 1: value = .varint(before &+ UInt64(1 + random.below(4)))
      default: value = .varint(before &- UInt64(1 + random.below(4)))
      }
    case .fixed(let bytes): value = .fixed(Array(inner(bytes, bytes.count).prefix(bytes.count)))
    case .bytes(let bytes):
      let changed = random.below(4) == 0 ? inner(bytes, bytesMax) : mutate(bytes, bytesMax, &random, inner)
      value = .bytes(changed)
    }
  }

  private static let edges: [UInt64] = [
    0, 1, 127, 128, 255, 256, 65_536, 1 << 20, 1 << 24, UInt64(Int32.max), UInt64(UInt32.max), 1 << 40,
    UInt64(Int64.max), 1 << 63, .max,
  ]

  private static func edge(_ random: inout FuzzRandom) -> UInt64 {
    edges[random.below(edges.count)] &+ UInt64(random.below(3)) &- 1
  }

  /// nil unless the bytes are fields to the last one.
  private static func parse(_ bytes: [UInt8]) -> [Field]? {
    var rest = bytes[...]
    func varint() -> UInt64? {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while let byte = rest.popFirst(), shift < 64 {
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
      return nil
    }
    func take(_ count: UInt64) -> [UInt8]? {
      guard count <= UInt64(rest.count) else { return nil }
      defer { rest = rest.dropFirst(Int(count)) }
      return Array(rest.prefix(Int(count)))
    }
    var fields: [Field] = []
    while !rest.isEmpty {
      guard let key = varint(), key >> 3 > 0 else { return nil }
      let value: Value? =
        switch key & 7 {
        case 0: varint().map { .varint($0) }
        case 1: take(8).map { .fixed($0) }
        case 2: varint().flatMap(take).map { .bytes($0) }
        case 5: take(4).map { .fixed($0) }
        default: nil
        }
      guard let value else { return nil }
      fields.append(Field(number: key >> 3, value: value))
    }
    return fields
  }

  private static func pack(_ fields: [Field]) -> [UInt8] {
    var bytes: [UInt8] = []
    for field in fields {
      switch field.value {
      case .varint(let value): bytes += WireFields.varint(field.number << 3) + WireFields.varint(value)
      case .fixed(let value): bytes += WireFields.varint(field.number << 3 | (value.count == 8 ? 1 : 5)) + value
      case .bytes(let value):
        bytes += WireFields.varint(field.number << 3 | 2) + WireFields.varint(UInt64(value.count)) + value
      }
    }
    return bytes
  }
}
