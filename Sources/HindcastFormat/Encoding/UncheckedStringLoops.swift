/// Strings as keys of a hash table. Offsets ascend and end within the bytes, as those of every `ByteStrings` do.
extension UncheckedLoops {
  /// A hash of string `index`, the same on every machine. Not for untrusted keys that must not collide: tables that use
  /// it only get slower.
  @inline(__always)
  static func hash(_ bytes: UnsafeRawBufferPointer, _ offsets: UnsafeBufferPointer<UInt32>, _ index: Int) -> UInt64 {
    var at = Int(offsets[index])
    let end = Int(offsets[index &+ 1])
    var hash = UInt64(truncatingIfNeeded: end &- at) &* 0x9E37_79B9_7F4A_7C15
    while end &- at >= 8 {
      hash =
        (hash ^ UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
        &* 0xD6E8_FEB8_6659_FD93
      hash ^= hash >> 32
      at &+= 8
    }
    if at < end { hash = (hash ^ word(bytes, at, count: end &- at)) &* 0xD6E8_FEB8_6659_FD93 }
    return hash ^ hash >> 32
  }

  @inline(__always)
  static func equal(
    _ bytes: UnsafeRawBufferPointer, _ offsets: UnsafeBufferPointer<UInt32>, _ one: Int, _ other: Int
  ) -> Bool {
    var at = Int(offsets[one])
    var otherAt = Int(offsets[other])
    let end = Int(offsets[one &+ 1])
    guard end &- at == Int(offsets[other &+ 1]) &- otherAt else { return false }
    while end &- at >= 8 {
      guard
        bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
          == bytes.loadUnaligned(fromByteOffset: otherAt, as: UInt64.self)
      else { return false }
      at &+= 8
      otherAt &+= 8
    }
    return at == end || word(bytes, at, count: end &- at) == word(bytes, otherAt, count: end &- at)
  }

  /// 1 to 7 bytes, the first the least significant.
  @inline(__always)
  private static func word(_ bytes: UnsafeRawBufferPointer, _ at: Int, count: Int) -> UInt64 {
    if at &+ 8 <= bytes.count {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      return word & ((1 &<< UInt64(count &* 8)) &- 1)
    }
    var word: UInt64 = 0
    for index in 0..<count { word |= UInt64(bytes[at &+ index]) << UInt64(index * 8) }
    return word
  }

  /// The offsets of the strings that codes stand for, by those of the entries, and their bytes together; nil if a code is not
  /// an entry. Only right if the bytes are below 2^32.
  static func offsets(of entries: [UInt32], codes: [Int64]) -> (offsets: [UInt32], total: Int)? {
    let limit = UInt64(entries.count - 1)
    var total = 0
    var allInside = true
    let offsets = [UInt32](unsafeUninitializedCapacity: codes.count + 1) { offsets, initialized in
      offsets[0] = 0
      entries.withUnsafeBufferPointer { entries in
        codes.withUnsafeBufferPointer { codes in
          for index in 0..<codes.count {
            let code = UInt64(bitPattern: codes[index])
            guard code < limit else {
              allInside = false
              return
            }
            let entry = Int(truncatingIfNeeded: code)
            total &+= Int(entries[entry &+ 1] &- entries[entry])
            offsets[index &+ 1] = UInt32(truncatingIfNeeded: total)
          }
        }
      }
      initialized = allInside ? codes.count + 1 : 0
    }
    return allInside ? (offsets, total) : nil
  }
}
