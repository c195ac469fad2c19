/// What each of 256 tokens stands for: a value, to which so many low bits are added. In two arrays, since a table of both
/// takes twice the cache.
struct TokenOrigins {
  private(set) var values = [Int64](repeating: 0, count: 256)
  /// 0...56.
  private(set) var widths = [UInt8](repeating: 0, count: 256)

  mutating func set(_ token: Int, _ value: Int64, lowBits: Int) {
    precondition(lowBits >= 0 && lowBits <= TokenKind.lowBitsMax)
    values[token] = value
    widths[token] = UInt8(lowBits)
  }
}

/// Values to tokens and low bits, and back.
extension UncheckedLoops {
  /// The low bits of all tokens together.
  static func lowBitCount(_ tokens: UnsafeBufferPointer<UInt8>, _ origins: TokenOrigins) -> Int {
    var sum = 0
    origins.widths.withUnsafeBufferPointer { widths in
      for token in tokens { sum &+= Int(widths[Int(token)]) }
    }
    return sum
  }

  /// `transform` of each token's origin and its low bits. `packed` holds exactly all bits. `commonWidth`: how many low bits
  /// every token has, if all have the same.
  @inline(__always)
  static func joinTokens<T: BitwiseCopyable>(
    _ tokens: [UInt8], _ origins: TokenOrigins, commonWidth: Int?, _ packed: UnsafeRawBufferPointer,
    _ transform: (Int64) -> T
  ) -> [T] {
    [T](unsafeUninitializedCapacity: tokens.count) { values, initialized in
      // The last place from which eight bytes can be loaded, in bits.
      let last = (packed.count - 8) * 8 + 7
      var index = 0
      var bit = 0
      origins.values.withUnsafeBufferPointer { starts in
        origins.widths.withUnsafeBufferPointer { widths in
          tokens.withUnsafeBufferPointer { tokens in
            if commonWidth == 0 {
              while index < tokens.count {
                values.initializeElement(at: index, to: transform(starts[Int(tokens[index])]))
                index &+= 1
              }
            } else if let width = commonWidth {
              let whole = last < 0 ? 0 : min(tokens.count, last / width + 1)
              let mask = (1 &<< UInt64(width)) &- 1
              while index < whole {
                let word = UInt64(littleEndian: packed.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
                let low = Int64(bitPattern: word &>> UInt64(bit & 7) & mask)
                values.initializeElement(at: index, to: transform(starts[Int(tokens[index])] &+ low))
                bit &+= width
                index &+= 1
              }
            } else {
              while index < tokens.count, bit <= last {
                let token = Int(tokens[index])
                let width = widths[token]
                let word = UInt64(littleEndian: packed.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
                let low = Int64(bitPattern: word &>> UInt64(bit & 7) & ((1 &<< UInt64(width)) &- 1))
                values.initializeElement(at: index, to: transform(starts[token] &+ low))
                bit &+= Int(width)
                index &+= 1
              }
            }
            while index < tokens.count {
              let token = Int(tokens[index])
              let width = Int(widths[token])
              precondition(bit + width <= packed.count * 8)
              let low = Int64(bitPattern: bits(packed, at: bit, width: width) & ((UInt64(1) << UInt64(width)) - 1))
              values.initializeElement(at: index, to: transform(starts[token] &+ low))
              bit += width
              index += 1
            }
          }
        }
      }
      initialized = tokens.count
    }
  }

  /// The same as `rows` rows of what are columns in `tokens`.
  @inline(__always)
  static func joinTokensTransposed<T: BitwiseCopyable>(
    _ tokens: [UInt8], _ origins: TokenOrigins, _ packed: UnsafeRawBufferPointer, rows: Int,
    _ transform: (Int64) -> T
  ) -> [T] {
    precondition(rows > 0 && tokens.count % rows == 0)
    let columns = tokens.count / rows
    // Where the low bits of each column's next row are.
    var places = [Int](repeating: 0, count: columns)
    var bitCount = 0
    tokens.withUnsafeBufferPointer { tokens in
      for column in 0..<columns {
        places[column] = bitCount
        bitCount += lowBitCount(UnsafeBufferPointer(rebasing: tokens[column * rows..<(column + 1) * rows]), origins)
      }
    }
    precondition(packed.count == (bitCount + 7) / 8)
    // The last place from which eight bytes can be loaded, in bits.
    let last = (packed.count - 8) * 8 + 7
    // So many rows at a time that they stay in the cache while each of their columns is filled.
    let step = max(16, 8_192 / max(columns, 1))
    return [T](unsafeUninitializedCapacity: tokens.count) { target, initialized in
      tokens.withUnsafeBufferPointer { tokens in
        origins.values.withUnsafeBufferPointer { starts in
          origins.widths.withUnsafeBufferPointer { widths in
            places.withUnsafeMutableBufferPointer { places in
              for first in stride(from: 0, to: rows, by: step) {
                let end = min(first &+ step, rows)
                for column in 0..<columns {
                  var bit = places[column]
                  var output = first &* columns &+ column
                  for index in column &* rows &+ first..<column &* rows &+ end {
                    let token = Int(tokens[index])
                    let width = widths[token]
                    let word =
                      bit <= last
                      ? UInt64(littleEndian: packed.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
                        &>> UInt64(bit & 7)
                      : bits(packed, at: bit, width: Int(width))
                    let low = Int64(bitPattern: word & (1 &<< UInt64(width) &- 1))
                    target.initializeElement(at: output, to: transform(starts[token] &+ low))
                    bit &+= Int(width)
                    output &+= columns
                  }
                  places[column] = bit
                }
              }
            }
          }
        }
      }
      initialized = tokens.count
    }
  }
}

extension UncheckedLoops {
  /// For each value its top if that is below `beyond`, otherwise that; and how often each of them comes.
  static func tokenPlaces(
    _ values: UnsafeBufferPointer<Int64>, base: Int64, _ kind: TokenKind, beyond: Int
  ) -> (places: [UInt16], histogram: [UInt32]) {
    precondition(beyond >= 0 && beyond <= UInt16.max)
    // Two counters a place, by turns: where one value comes again and again, adding would wait for the addition before.
    var counts = [UInt32](repeating: 0, count: 2 * (beyond + 1))
    let places = [UInt16](unsafeUninitializedCapacity: values.count) { places, initialized in
      counts.withUnsafeMutableBufferPointer { counts in
        let beyond = UInt64(beyond)
        switch kind {
        case .top(let shift):
          for index in 0..<values.count {
            let top = UInt64(bitPattern: values[index] &- base) &>> UInt64(shift)
            let place = top < beyond ? top : beyond
            places[index] = UInt16(truncatingIfNeeded: place)
            counts[Int(truncatingIfNeeded: place) &* 2 &+ index & 1] &+= 1
          }
        case .logarithmic(let mantissa):
          precondition(mantissa <= TokenKind.mantissaMax)
          for index in 0..<values.count {
            let cut = TokenKind.logarithmicTop(UInt64(bitPattern: values[index] &- base), mantissa: mantissa)
            let place = cut.lowBits <= TokenKind.lowBitsMax && cut.top < beyond ? cut.top : beyond
            places[index] = UInt16(truncatingIfNeeded: place)
            counts[Int(truncatingIfNeeded: place) &* 2 &+ index & 1] &+= 1
          }
        }
      }
      initialized = values.count
    }
    return (places, (0...beyond).map { counts[2 * $0] + counts[2 * $0 + 1] })
  }

  /// Each value's token, by its place, into `target`, and the low bits of all, `lowBits` together, one after the other.
  /// `tokens` has every place, `widths` says how many low bits each token has, `commonWidth` if all have the same.
  static func splitTokens(
    _ values: UnsafeBufferPointer<Int64>, base: Int64, _ places: [UInt16], _ tokens: [UInt8], _ widths: [UInt8],
    commonWidth: Int?, lowBits: Int, tokens target: UnsafeMutableRawBufferPointer
  ) -> [UInt8] {
    precondition(places.count == values.count && target.count == values.count && widths.count == 256)
    precondition(widths.allSatisfy { $0 <= 56 } && (commonWidth ?? 0) <= 56)
    let byteCount = (lowBits + 7) / 8
    // Room for a whole word behind the last byte, so that the loop stores words only.
    return [UInt8](unsafeUninitializedCapacity: byteCount + 8) { packed, initialized in
      places.withUnsafeBufferPointer { places in
        tokens.withUnsafeBufferPointer { tokens in
          widths.withUnsafeBufferPointer { widths in
            let first = UnsafeMutableRawPointer(packed.baseAddress!)
            var output = first
            var pending: UInt64 = 0
            var filled: UInt64 = 0
            @inline(__always) func put(_ distance: UInt64, _ width: UInt64) {
              pending |= (distance & ((1 &<< width) &- 1)) &<< filled
              output.storeBytes(of: pending.littleEndian, as: UInt64.self)
              // At most 7 bits were left and at most 56 came.
              filled &+= width
              output += Int(filled &>> 3)
              pending &>>= filled & ~7
              filled &= 7
            }
            if let width = commonWidth {
              for index in 0..<values.count { target[index] = tokens[Int(places[index])] }
              if width > 0 {
                for index in 0..<values.count {
                  put(UInt64(bitPattern: values[index] &- base), UInt64(truncatingIfNeeded: width))
                }
              }
            } else {
              for index in 0..<values.count {
                let token = tokens[Int(places[index])]
                target[index] = token
                put(UInt64(bitPattern: values[index] &- base), UInt64(widths[Int(token)]))
              }
            }
            precondition(output - first == lowBits / 8)
          }
        }
      }
      initialized = byteCount
    }
  }
}
