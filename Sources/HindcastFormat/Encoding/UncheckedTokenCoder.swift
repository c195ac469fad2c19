/// The entropy coder of the `tokens` step: rANS of order 0 with four states that take turns, each 32 bits, at least
/// `stateMin` and below 2^31, put out and taken in 16 bits at a time.
enum TokenCoder {
  static let stateMin: UInt32 = 1 << 15
  static let stateCount = 4
}

/// For each slot: the token, its frequency, and which of the token's slots it is. Each is loaded by itself, which takes fewer
/// instructions than to cut them from one word.
struct DecodingSlots {
  static let bytesPerSlot = 5

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
}
