/// Reads Parquet's hybrid of runs and packed groups, as Encodings.md lays it out.
enum HybridReader {
  static func read(_ bytes: [UInt8], bitWidth: Int, count: Int) throws -> [UInt32] {
    var reader = ThriftReader(bytes)
    var values: [UInt32] = []
    while values.count < count {
      let header = try reader.varint()
      if header & 1 == 0 {
        var value: UInt32 = 0
        for index in 0..<(bitWidth + 7) / 8 {
          value |= UInt32(try byte(bytes, reader.offset + index)) << UInt32(8 * index)
        }
        reader.offset += (bitWidth + 7) / 8
        values += Array(repeating: value, count: Int(header >> 1))
      } else {
        let packedCount = Int(header >> 1) * 8
        for index in 0..<packedCount {
          var value: UInt32 = 0
          for bit in 0..<bitWidth {
            let place = index * bitWidth + bit
            value |= UInt32(try byte(bytes, reader.offset + place / 8) >> UInt8(place % 8) & 1) << UInt32(bit)
          }
          values.append(value)
        }
        reader.offset += packedCount * bitWidth / 8
      }
    }
    guard reader.offset == bytes.count else {
      throw DamagedBytes(description: "\(bytes.count - reader.offset) bytes over")
    }
    // Only the last packed group may hold more than there is.
    guard values.count - count < 8 else { throw DamagedBytes(description: "\(values.count) values, not \(count)") }
    return Array(values.prefix(count))
  }

  private static func byte(_ bytes: [UInt8], _ offset: Int) throws -> UInt8 {
    guard offset < bytes.count else { throw DamagedBytes(description: "the bytes end early") }
    return bytes[offset]
  }
}
