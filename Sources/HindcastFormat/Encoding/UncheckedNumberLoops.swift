/// Text of numbers and uuids, and the times in uuids, a whole column at a time: ids of events are such, and every reader gets them.
extension UncheckedLoops {
  private static let digitsMax = 20
  /// "00", "01", ... "99", as they lie in memory.
  private static let digitPairs: [UInt16] = (0..<100).map {
    UInt16(littleEndian: UInt16($0 / 10 + 48) | UInt16($0 % 10 + 48) << 8)
  }
  /// "00", "01", ... "ff".
  private static let hexPairs: [UInt16] = {
    let digits = Array("0123456789abcdef".utf8)
    return (0..<256).map { UInt16(littleEndian: UInt16(digits[$0 >> 4]) | UInt16(digits[$0 & 15]) << 8) }
  }()
  /// The value of a lower-case hexadecimal digit, 255 for every other byte.
  private static let hexValues: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, digit) in "0123456789abcdef".utf8.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()
  /// Where in its text each byte of a uuid begins.
  private static let uuidPlaces = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]
  private static let uuidHyphens = [8, 13, 18, 23]

  /// The canonical decimal text of each integer.
  static func decimalTexts(_ integers: [Int64]) -> ByteStrings {
    var strings = ByteStrings()
    var end = 0
    strings.offsets = [UInt32](unsafeUninitializedCapacity: integers.count + 1) { offsets, initialized in
      offsets[0] = 0
      strings.bytes = [UInt8](unsafeUninitializedCapacity: (integers.count + 2) * digitsMax) { bytes, byteCount in
        digitPairs.withUnsafeBufferPointer { pairs in
          powersOfTen.withUnsafeBufferPointer { powers in
            integers.withUnsafeBufferPointer { integers in
              let out = UnsafeMutableRawPointer(bytes.baseAddress!)
              for index in 0..<integers.count {
                let integer = integers[index]
                var rest = integer.magnitude
                let length = digitCount(rest, powers) &+ (integer < 0 ? 1 : 0)
                var place = end &+ length
                if integer < 0 { out.storeBytes(of: UInt8(ascii: "-"), toByteOffset: end, as: UInt8.self) }
                while rest >= 10 {
                  let (quotient, pair) = (rest / 100, Int(truncatingIfNeeded: rest % 100))
                  place &-= 2
                  out.storeBytes(of: pairs[pair], toByteOffset: place, as: UInt16.self)
                  rest = quotient
                }
                if rest > 0 || integer == 0 {
                  out.storeBytes(
                    of: UInt8(truncatingIfNeeded: rest) &+ UInt8(ascii: "0"), toByteOffset: place &- 1, as: UInt8.self)
                }
                end &+= length
                offsets[index &+ 1] = UInt32(truncatingIfNeeded: end)
              }
            }
          }
        }
        byteCount = end
      }
      initialized = integers.count + 1
    }
    return strings
  }

  private static let powersOfTen: [UInt64] = (0..<19).reduce(into: [1]) { powers, _ in powers.append(powers.last! * 10)
  }

  /// 1233 / 4096 is a little more than the logarithm of 2 to the base 10.
  @inline(__always)
  private static func digitCount(_ value: UInt64, _ powers: UnsafeBufferPointer<UInt64>) -> Int {
    // 0 has a digit too, and for no other value this makes a difference: powers are even.
    let value = value | 1
    let guess = ((64 &- value.leadingZeroBitCount) &* 1_233) &>> 12
    return guess &+ (value < powers[guess] ? 0 : 1)
  }

  /// The integers whose canonical text of at most 18 digits these strings are; nil if one is not.
  static func parseDecimalTexts(_ strings: ByteStrings) -> [Int64]? {
    var isText = true
    let integers = [Int64](unsafeUninitializedCapacity: strings.count) { integers, initialized in
      strings.bytes.withUnsafeBufferPointer { bytes in
        strings.offsets.withUnsafeBufferPointer { offsets in
          for row in 0..<strings.count {
            var place = Int(offsets[row])
            let end = Int(offsets[row &+ 1])
            let isNegative = place < end && bytes[place] == UInt8(ascii: "-")
            if isNegative { place &+= 1 }
            guard place < end, end &- place <= 18,
              bytes[place] != UInt8(ascii: "0") || (end &- place == 1 && !isNegative)
            else { return isText = false }
            var value: Int64 = 0
            while place < end {
              let digit = bytes[place] &- UInt8(ascii: "0")
              guard digit < 10 else { return isText = false }
              value = value &* 10 &+ Int64(digit)
              place &+= 1
            }
            integers[row] = isNegative ? 0 &- value : value
          }
        }
      }
      initialized = isText ? strings.count : 0
    }
    return isText ? integers : nil
  }

  /// The canonical texts of uuids, 16 bytes each, one after the other.
  static func uuidTexts(_ uuids: [UInt8]) -> [UInt8] {
    let count = uuids.count / 16
    return [UInt8](unsafeUninitializedCapacity: count * UUIDText.byteCount) { bytes, initialized in
      hexPairs.withUnsafeBufferPointer { pairs in
        uuids.withUnsafeBufferPointer { uuids in
          uuidPlaces.withUnsafeBufferPointer { places in
            guard let base = UnsafeMutableRawPointer(bytes.baseAddress) else { return }
            for row in 0..<count {
              let out = base + row &* UUIDText.byteCount
              for index in 0..<16 {
                out.storeBytes(
                  of: pairs[Int(uuids[row &* 16 &+ index])], toByteOffset: places[index], as: UInt16.self)
              }
              for place in uuidHyphens { out.storeBytes(of: UInt8(ascii: "-"), toByteOffset: place, as: UInt8.self) }
            }
          }
        }
      }
      initialized = count * UUIDText.byteCount
    }
  }

  /// The uuids whose canonical texts these strings are; nil if one is not.
  static func parseUUIDTexts(_ strings: ByteStrings) -> [UInt8]? {
    var isText = true
    let uuids = [UInt8](unsafeUninitializedCapacity: strings.count * 16) { uuids, initialized in
      strings.bytes.withUnsafeBufferPointer { bytes in
        strings.offsets.withUnsafeBufferPointer { offsets in
          hexValues.withUnsafeBufferPointer { values in
            uuidPlaces.withUnsafeBufferPointer { places in
              for row in 0..<strings.count {
                let start = Int(offsets[row])
                guard Int(offsets[row &+ 1]) &- start == UUIDText.byteCount,
                  uuidHyphens.allSatisfy({ bytes[start &+ $0] == UInt8(ascii: "-") })
                else { return isText = false }
                for index in 0..<16 {
                  let high = values[Int(bytes[start &+ places[index]])]
                  let low = values[Int(bytes[start &+ places[index] &+ 1])]
                  guard high | low < 16 else { return isText = false }
                  uuids[row &* 16 &+ index] = high &<< 4 | low
                }
              }
            }
          }
        }
      }
      initialized = isText ? strings.count * 16 : 0
    }
    return isText ? uuids : nil
  }
}

extension UncheckedLoops {
  /// Of uuids, 16 bytes each: the first 6 bytes as a big-endian integer, and the other 10, one after the other.
  static func splitUUIDTimes(_ uuids: [UInt8]) -> (times: [Int64], rest: [UInt8]) {
    let count = uuids.count / 16
    let restByteCount = UUIDVersion7Step.restByteCount
    return uuids.withUnsafeBytes { uuids in
      let times = [Int64](unsafeUninitializedCapacity: count) { times, initialized in
        for row in 0..<count {
          let head = UInt64(bigEndian: uuids.loadUnaligned(fromByteOffset: row &* 16, as: UInt64.self))
          times[row] = Int64(bitPattern: head &>> 16)
        }
        initialized = count
      }
      let rest = [UInt8](unsafeUninitializedCapacity: count * restByteCount) { rest, initialized in
        if let base = uuids.baseAddress, let out = UnsafeMutableRawPointer(rest.baseAddress) {
          for row in 0..<count {
            (out + row &* restByteCount).copyMemory(from: base + row &* 16 + 6, byteCount: restByteCount)
          }
        }
        initialized = count * restByteCount
      }
      return (times, rest)
    }
  }

  /// The inverse of `splitUUIDTimes`. Only the low 48 bits of a time count. There are 10 bytes of the rest for each time.
  static func joinUUIDTimes(_ times: [Int64], _ rest: UnsafeRawBufferPointer) -> [UInt8] {
    let restByteCount = UUIDVersion7Step.restByteCount
    precondition(rest.count == times.count * restByteCount)
    return [UInt8](unsafeUninitializedCapacity: times.count * 16) { uuids, initialized in
      times.withUnsafeBufferPointer { times in
        if let base = rest.baseAddress, let out = UnsafeMutableRawPointer(uuids.baseAddress) {
          for row in 0..<times.count {
            let uuid = out + row &* 16
            uuid.storeBytes(of: (UInt64(bitPattern: times[row]) &<< 16).bigEndian, as: UInt64.self)
            (uuid + 6).copyMemory(from: base + row &* restByteCount, byteCount: restByteCount)
          }
        }
      }
      initialized = times.count * 16
    }
  }
}
