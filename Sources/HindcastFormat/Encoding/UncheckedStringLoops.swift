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
  @inline(__always)
  static func offsets(
    of entries: [UInt32], codes: [some FixedWidthInteger & BitwiseCopyable]
  ) -> (offsets: [UInt32], total: Int)? {
    let limit = UInt64(entries.count - 1)
    var total = 0
    var allInside = true
    let offsets = [UInt32](unsafeUninitializedCapacity: codes.count + 1) { offsets, initialized in
      offsets[0] = 0
      entries.withUnsafeBufferPointer { entries in
        codes.withUnsafeBufferPointer { codes in
          for index in 0..<codes.count {
            let code = UInt64(truncatingIfNeeded: codes[index])
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

  /// String `rows[i]` of `strings`, one after the other; `offsets` (one more than rows) are the running sums of their
  /// lengths, so every row exists.
  @inline(__always)
  static func copyStrings(
    _ strings: ByteStrings, rows: [some FixedWidthInteger & BitwiseCopyable], offsets: [UInt32]
  ) -> [UInt8] {
    precondition(offsets.count == rows.count + 1)
    let total = Int(offsets[rows.count])
    // Short strings are copied in vectors of sixteen bytes, which may reach over their ends: the next string is written there,
    // and few strings get room behind them to be read.
    let vector = 16
    let vectorsMax = 4
    var bytes = strings.bytes
    if bytes.count <= total { bytes.append(contentsOf: repeatElement(0, count: vector * vectorsMax)) }
    let reach = bytes.count - vector * vectorsMax
    return [UInt8](unsafeUninitializedCapacity: total + vector * vectorsMax) { target, initialized in
      bytes.withUnsafeBytes { source in
        strings.offsets.withUnsafeBufferPointer { starts in
          rows.withUnsafeBufferPointer { rows in
            offsets.withUnsafeBufferPointer { offsets in
              guard let base = source.baseAddress, let out = UnsafeMutableRawPointer(target.baseAddress) else { return }
              for index in 0..<rows.count {
                let row = Int(truncatingIfNeeded: rows[index])
                let start = Int(starts[row])
                let length = Int(starts[row &+ 1]) &- start
                let place = out + Int(offsets[index])
                if length <= vector, start <= reach {
                  place.copyMemory(from: base + start, byteCount: vector)
                } else if length <= vector &* vectorsMax, start <= reach {
                  for part in 0..<vectorsMax {
                    (place + part &* vector).copyMemory(from: base + start + part &* vector, byteCount: vector)
                  }
                } else {
                  place.copyMemory(from: base + start, byteCount: length)
                }
              }
            }
          }
        }
      }
      initialized = total
    }
  }
}
