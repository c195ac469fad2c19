/// What a token stands for before its low bits are added.
struct TokenOrigin {
  var value: Int64
  var lowBits: UInt64
}

/// The entropy coder of the `tokens` step: rANS of order 0 with four states that take turns, each 32 bits, at least
/// `stateMin` and below 2^31, put out and taken in 16 bits at a time.
enum TokenCoder {
  static let stateMin: UInt32 = 1 << 15
  static let stateCount = 4
}

/// For each slot: the token, its frequency, and which of the token's slots it is. Each is loaded by itself, which takes fewer
/// instructions than to cut them from one word.
struct DecodingSlots {
  fileprivate let tokens: [UInt8]
  /// The frequency, then the place among the token's slots.
  fileprivate let steps: [UInt16]

  /// The table's frequencies are at most `TokenTable.total` together.
  init(_ table: TokenTable) {
    let frequencies = table.frequencies + [table.escapeFrequency]
    var tokens = [UInt8](repeating: TokenTable.escape, count: TokenTable.total)
    steps = [UInt16](unsafeUninitializedCapacity: 2 * TokenTable.total) { steps, initialized in
      tokens.withUnsafeMutableBufferPointer { tokens in
        var place = 0
        for (token, frequency) in frequencies.enumerated() {
          precondition(frequency >= 0 && frequency <= TokenTable.total - place)
          if token < frequencies.count - 1 {
            for index in place..<place + frequency { tokens[index] = UInt8(truncatingIfNeeded: token) }
          }
          let step = UInt16(truncatingIfNeeded: frequency)
          for index in 0..<frequency {
            steps[(place &+ index) &* 2] = step
            steps[(place &+ index) &* 2 &+ 1] = UInt16(truncatingIfNeeded: index)
          }
          place += frequency
        }
        precondition(place == TokenTable.total)
      }
      initialized = 2 * TokenTable.total
    }
    self.tokens = tokens
  }

  fileprivate func withUnsafePointers(
    _ body: ((tokens: UnsafePointer<UInt8>, steps: UnsafePointer<UInt16>)) -> Void
  ) {
    tokens.withUnsafeBufferPointer { tokens in
      steps.withUnsafeBufferPointer { steps in body((tokens.baseAddress!, steps.baseAddress!)) }
    }
  }
}

/// What the coder needs of a token, with the division by its frequency as a multiplication.
struct EncodingSymbol {
  /// The state from which on 16 bits are put out first. With a frequency of 0 no state is below it; it is never used.
  fileprivate var limit: UInt32
  fileprivate var reciprocal: UInt32
  fileprivate var shift: UInt32
  fileprivate var start: UInt32
  fileprivate var complement: UInt32

  /// x / f = x * r >> (31 + b) for all x below 2^31, with b the bits of f - 1 and r = 2^(31 + b) / f rounded up.
  init(start: Int, frequency: Int) {
    let bits = frequency > 1 ? 64 - UInt64(frequency - 1).leadingZeroBitCount : 0
    limit = UInt32(frequency) << 19
    shift = 31 + UInt32(bits)
    reciprocal = UInt32(((UInt64(1) << UInt64(shift)) + UInt64(frequency) - 1) / UInt64(max(frequency, 1)))
    self.start = UInt32(start)
    complement = UInt32(TokenTable.total - frequency)
  }

  /// A state divided by the frequency.
  @inline(__always)
  func quotient(_ state: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: (UInt64(state) &* UInt64(reciprocal)) &>> UInt64(shift))
  }
}

extension UncheckedLoops {
  /// The four states and the words of the tokens, as the format has them.
  static func encodeTokens(_ tokens: UnsafeBufferPointer<UInt8>, _ symbols: [EncodingSymbol]) -> [UInt8] {
    precondition(symbols.count == 256)
    let count = tokens.count
    // A token takes at most a word: its probability is at least 2^-12.
    let capacity = count + 2 * TokenCoder.stateCount
    return [UInt8](unsafeUninitializedCapacity: capacity * 2) { output, initialized in
      symbols.withUnsafeBufferPointer { symbols in
        let memory = UnsafeMutableRawPointer(output.baseAddress!)
        var words = memory + capacity * 2
        var (a, b, c, d) = (
          TokenCoder.stateMin, TokenCoder.stateMin, TokenCoder.stateMin, TokenCoder.stateMin
        )
        // From the last to the first, since decoding undoes it in the other order.
        var index = count & ~3
        if count & 3 > 2 { put(&c, symbols[Int(tokens[index + 2])], &words) }
        if count & 3 > 1 { put(&b, symbols[Int(tokens[index + 1])], &words) }
        if count & 3 > 0 { put(&a, symbols[Int(tokens[index])], &words) }
        while index > 0 {
          index &-= 4
          put(&d, symbols[Int(tokens[index &+ 3])], &words)
          put(&c, symbols[Int(tokens[index &+ 2])], &words)
          put(&b, symbols[Int(tokens[index &+ 1])], &words)
          put(&a, symbols[Int(tokens[index])], &words)
        }
        words -= 4 * TokenCoder.stateCount
        words.storeBytes(of: a.littleEndian, toByteOffset: 0, as: UInt32.self)
        words.storeBytes(of: b.littleEndian, toByteOffset: 4, as: UInt32.self)
        words.storeBytes(of: c.littleEndian, toByteOffset: 8, as: UInt32.self)
        words.storeBytes(of: d.littleEndian, toByteOffset: 12, as: UInt32.self)
        let byteCount = capacity * 2 - (words - memory)
        memory.copyMemory(from: words, byteCount: byteCount)
        // Last: Swift 6.3 jumps to a memmove that ends a closure like this one, and forgets the register that says whether
        // it threw.
        initialized = byteCount
      }
    }
  }

  /// The states are in registers, since this is inlined into loops that hold them in variables.
  @inline(__always)
  private static func put(_ state: inout UInt32, _ symbol: EncodingSymbol, _ words: inout UnsafeMutableRawPointer) {
    // Written in any case, and kept if the state is full.
    (words - 2).storeBytes(of: UInt16(truncatingIfNeeded: state).littleEndian, as: UInt16.self)
    let isFull = state >= symbol.limit
    words -= isFull ? 2 : 0
    state = isFull ? state &>> 16 : state
    state = state &+ symbol.start &+ symbol.quotient(state) &* symbol.complement
  }

  /// The inverse of `put`. There is a word to be read.
  @inline(__always)
  private static func take(
    _ state: inout UInt32, _ slots: (tokens: UnsafePointer<UInt8>, steps: UnsafePointer<UInt16>),
    _ words: inout UnsafeRawPointer
  ) -> UInt8 {
    let slot = Int(state & UInt32(TokenTable.total - 1))
    let next = UInt32(slots.steps[slot &* 2]) &* (state &>> 12) &+ UInt32(slots.steps[slot &* 2 &+ 1])
    let word = UInt32(UInt16(littleEndian: words.loadUnaligned(as: UInt16.self)))
    let isLow = next < TokenCoder.stateMin
    words += isLow ? 2 : 0
    state = isLow ? next &<< 16 | word : next
    return slots.tokens[slot]
  }

  /// `count` tokens from these bytes on, and how many bytes they took. Throws unless there are enough and the states end
  /// where they began when it was encoded.
  static func decodeTokens(
    _ bytes: UnsafeRawBufferPointer, from start: Int, count: Int, _ slots: DecodingSlots
  ) throws(FormatError) -> (tokens: [UInt8], consumed: Int) {
    precondition(start >= 0 && start <= bytes.count && count >= 0)
    let head = TokenCoder.stateCount * 4
    guard bytes.count - start >= head else { throw FormatError(.truncated, "the states of tokens are cut off") }
    var states = (0..<TokenCoder.stateCount).map {
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start + $0 * 4, as: UInt32.self))
    }
    guard states.allSatisfy({ $0 >= TokenCoder.stateMin && $0 < 1 << 31 }) else {
      throw FormatError(.corrupt, "a state of tokens is out of its range")
    }
    var offset = start + head
    var isCutOff = false
    let tokens = [UInt8](unsafeUninitializedCapacity: count) { tokens, initialized in
      slots.withUnsafePointers { slots in
        var index = 0
        if let memory = bytes.baseAddress, let target = tokens.baseAddress {
          var words = memory + offset
          // As long as there is a word for each state.
          let last = memory + bytes.count - 2 * TokenCoder.stateCount
          var (a, b, c, d) = (states[0], states[1], states[2], states[3])
          while index &+ 4 <= count, words <= last {
            target[index] = take(&a, slots, &words)
            target[index &+ 1] = take(&b, slots, &words)
            target[index &+ 2] = take(&c, slots, &words)
            target[index &+ 3] = take(&d, slots, &words)
            index &+= 4
          }
          offset = words - memory
          states = [a, b, c, d]
        }
        while index < count {
          let state = states[index & 3]
          let slot = Int(state & UInt32(TokenTable.total - 1))
          var next = UInt32(slots.steps[slot * 2]) * (state >> 12) + UInt32(slots.steps[slot * 2 + 1])
          if next < TokenCoder.stateMin {
            guard bytes.count - offset >= 2 else {
              isCutOff = true
              break
            }
            next =
              next << 16 | UInt32(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
            offset += 2
          }
          states[index & 3] = next
          tokens[index] = slots.tokens[slot]
          index += 1
        }
        initialized = index
      }
    }
    guard !isCutOff else { throw FormatError(.truncated, "the bits of tokens are cut off") }
    guard states.allSatisfy({ $0 == TokenCoder.stateMin }) else {
      throw FormatError(.corrupt, "tokens do not end in the state they began with")
    }
    return (tokens, offset - start)
  }

  /// The low bits of all tokens together. There are 256 origins.
  static func lowBitCount(_ tokens: [UInt8], _ origins: [TokenOrigin]) -> Int {
    precondition(origins.count == 256)
    let widths = origins.map(\.lowBits)
    var sum: UInt64 = 0
    widths.withUnsafeBufferPointer { widths in
      tokens.withUnsafeBufferPointer { tokens in
        for token in tokens { sum &+= widths[Int(token)] }
      }
    }
    return Int(sum)
  }

  /// Each token's origin and its low bits. There are 256 origins of at most 56 bits, and `packed` holds exactly all bits.
  /// `commonWidth`: how many low bits every token has, if all have the same.
  static func joinTokens(
    _ tokens: [UInt8], _ origins: [TokenOrigin], commonWidth: Int?, _ packed: UnsafeRawBufferPointer
  ) -> [Int64] {
    precondition(origins.count == 256 && origins.allSatisfy { $0.lowBits <= 56 })
    return [Int64](unsafeUninitializedCapacity: tokens.count) { values, initialized in
      // The last place from which eight bytes can be loaded, in bits.
      let last = (packed.count - 8) * 8 + 7
      var index = 0
      var bit = 0
      origins.withUnsafeBufferPointer { origins in
        tokens.withUnsafeBufferPointer { tokens in
          if commonWidth == 0 {
            while index < tokens.count {
              values[index] = origins[Int(tokens[index])].value
              index &+= 1
            }
          } else if let width = commonWidth {
            let whole = last < 0 ? 0 : min(tokens.count, last / width + 1)
            let mask = (1 &<< UInt64(width)) &- 1
            while index < whole {
              let word = UInt64(littleEndian: packed.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
              values[index] =
                origins[Int(tokens[index])].value &+ Int64(bitPattern: word &>> UInt64(bit & 7) & mask)
              bit &+= width
              index &+= 1
            }
          } else {
            while index < tokens.count, bit <= last {
              let origin = origins[Int(tokens[index])]
              let word = UInt64(littleEndian: packed.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
              let mask = (1 &<< origin.lowBits) &- 1
              values[index] = origin.value &+ Int64(bitPattern: word &>> UInt64(bit & 7) & mask)
              bit &+= Int(origin.lowBits)
              index &+= 1
            }
          }
          while index < tokens.count {
            let origin = origins[Int(tokens[index])]
            precondition(bit + Int(origin.lowBits) <= packed.count * 8)
            let mask = (UInt64(1) << origin.lowBits) - 1
            values[index] =
              origin.value &+ Int64(bitPattern: bits(packed, at: bit, width: Int(origin.lowBits)) & mask)
            bit += Int(origin.lowBits)
            index += 1
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
