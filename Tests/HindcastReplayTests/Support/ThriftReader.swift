/// A value of Thrift's compact protocol, read without knowing its schema.
indirect enum ThriftValue: Equatable {
  case boolean(Bool)
  case integer(Int64)
  case binary([UInt8])
  case list([ThriftValue])
  case structure([Int: ThriftValue])

  subscript(_ field: Int) -> ThriftValue? { if case .structure(let fields) = self { fields[field] } else { nil } }
  var integer: Int? { if case .integer(let value) = self { Int(value) } else { nil } }
  var binary: [UInt8]? { if case .binary(let value) = self { value } else { nil } }
  var list: [ThriftValue]? { if case .list(let value) = self { value } else { nil } }
  var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
  var text: String? { binary.map { String(decoding: $0, as: UTF8.self) } }
}

struct DamagedBytes: Error, CustomStringConvertible {
  var description: String
}

/// The reading side of the specification, written apart from `ThriftCompactWriter`.
struct ThriftReader {
  let bytes: [UInt8]
  var offset = 0

  init(_ bytes: [UInt8], at offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  mutating func structure() throws -> ThriftValue {
    var fields: [Int: ThriftValue] = [:]
    var field = 0
    while true {
      let header = try byte()
      if header == 0 { return .structure(fields) }
      field = header >> 4 == 0 ? Int(try zigzag()) : field + Int(header >> 4)
      guard fields[field] == nil else { throw DamagedBytes(description: "field \(field) comes twice") }
      fields[field] = try value(type: header & 15)
    }
  }

  private mutating func value(type: UInt8) throws -> ThriftValue {
    switch type {
    case 1: return .boolean(true)
    case 2: return .boolean(false)
    case 4, 5, 6: return .integer(try zigzag())
    case 8:
      let count = Int(try varint())
      guard count <= bytes.count - offset else { throw DamagedBytes(description: "a binary is longer than the bytes") }
      defer { offset += count }
      return .binary(Array(bytes[offset..<offset + count]))
    case 9:
      let header = try byte()
      let count = header >> 4 == 15 ? Int(try varint()) : Int(header >> 4)
      return .list(try (0..<count).map { _ in try value(type: header & 15) })
    case 12: return try structure()
    default: throw DamagedBytes(description: "type \(type) at \(offset)")
    }
  }

  private mutating func byte() throws -> UInt8 {
    guard offset < bytes.count else { throw DamagedBytes(description: "the bytes end early") }
    defer { offset += 1 }
    return bytes[offset]
  }

  mutating func varint() throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      let part = try byte()
      value |= UInt64(part & 0x7F) << shift
      if part < 0x80 { return value }
    }
    throw DamagedBytes(description: "a number longer than ten bytes")
  }

  private mutating func zigzag() throws -> Int64 {
    let value = try varint()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }
}
