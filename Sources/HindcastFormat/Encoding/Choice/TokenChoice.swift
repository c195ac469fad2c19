/// How the `tokens` step would cut these integers, and what a value would cost then, from a sample.
struct TokenChoice {
  private(set) var kind: TokenKind = .top(shift: 0)
  private(set) var bitsPerValue: Double = .infinity

  /// Tops are looked up in a table of so many places; a top beyond it is an escape.
  static let placeBits = 13
  static let places = 1 << placeBits
  /// Base, states and lengths.
  private static let headBits = 200.0

  /// `count`: how many values there will be. The sample is not empty.
  init(_ sample: SortedSample, count: Int) {
    let distances = sample.distances
    let width = 64 - (distances.last ?? 0).leadingZeroBitCount
    let total = Double(count)
    // A code fitted to a part is a little worse for the whole.
    let correction = 0.72 * (1 - Double(distances.count) / Double(max(count, distances.count)))

    func offer(_ kind: TokenKind, _ runs: TopRuns, lowBits: Double) {
      var counts = runs.counts
      var escapes = 0
      if counts.count > TokenTable.countMax {
        // As most tops are: not even if all were as frequent as the most frequent one, enough values would be tokens.
        let tokensMax = Int(counts.max() ?? 0) * TokenTable.countMax
        guard (distances.count - tokensMax) * 16 < distances.count else { return }
        counts.sort(by: >)
        escapes = counts[TokenTable.countMax...].reduce(0) { $0 + Int($1) }
        guard escapes * 16 < distances.count else { return }
        counts.removeLast(counts.count - TokenTable.countMax)
        counts.append(UInt32(escapes))
      }
      let sampled = Double(distances.count)
      let tokens = Double(counts.count)
      let entropy = Entropy.bits(counts, total: distances.count, correction: correction)
      let gap = Double((runs.last - runs.first + 1) / UInt64(runs.counts.count))
      let table = tokens * (3 + Entropy.log2(Double(TokenTable.total) / tokens) + 2 * Entropy.log2(gap))
      let bits =
        (entropy + lowBits + Double(escapes) * Double(width + 8)) / sampled + (table + Self.headBits) / total
      if bits < bitsPerValue { (self.kind, bitsPerValue) = (kind, bits) }
    }

    var shift = max(0, width - Self.placeBits)
    var runs = TopRuns(distances) { $0 &>> UInt64(shift) }
    while shift <= TokenKind.lowBitsMax, shift == 0 || shift < width - 2 {
      offer(.top(shift: shift), runs, lowBits: Double(shift) * Double(distances.count))
      runs.halve()
      shift += 1
    }
    guard width > 6 else { return }
    for mantissa in 1...4 where width - mantissa <= TokenKind.lowBitsMax {
      var lowBits = 0
      let runs = TopRuns(distances) { distance in
        let cut = TokenKind.logarithmicTop(distance, mantissa: mantissa)
        lowBits += cut.lowBits
        return cut.top
      }
      offer(.logarithmic(mantissa: mantissa), runs, lowBits: Double(lowBits))
    }
  }

  /// How many places there are to look up: no more than the largest value needs.
  static func placeCount(_ base: Int64, _ bounds: (min: Int64, max: Int64), _ kind: TokenKind) -> Int {
    let largest = UInt64(bitPattern: bounds.max &- base)
    let top =
      switch kind {
      case .top(let shift): largest >> UInt64(shift)
      case .logarithmic(let mantissa): TokenKind.logarithmicTop(largest, mantissa: mantissa).top
      }
    return top < UInt64(places) ? Int(top) + 1 : places
  }

  /// What distances are taken from: the minimum, unless values far from the rest would push those out of the table.
  static func base(_ values: [Int64], _ bounds: (min: Int64, max: Int64), _ kind: TokenKind) -> Int64 {
    let range = UInt64(bitPattern: bounds.max &- bounds.min)
    switch kind {
    case .top(let shift):
      guard range >> UInt64(shift) >= UInt64(places) else { return bounds.min }
      let sorted = stride(from: 0, to: values.count, by: max(1, values.count / 1_024)).map { values[$0] }.sorted()
      // The part of the sample, as wide as the table, that holds most of it.
      let reach = UInt64(places) << UInt64(shift) - UInt64(64) << UInt64(shift)
      var (best, bestStart, end) = (0, 0, 0)
      for start in sorted.indices {
        while end < sorted.count, UInt64(bitPattern: sorted[end] &- sorted[start]) < reach { end += 1 }
        if end - start > best { (best, bestStart) = (end - start, start) }
      }
      let slack = UInt64(32) << UInt64(shift)
      let distance = UInt64(bitPattern: sorted[bestStart] &- bounds.min)
      return distance > slack ? sorted[bestStart] &- Int64(bitPattern: slack) : bounds.min
    case .logarithmic:
      let sampleStep = max(1, values.count / 256)
      let low = stride(from: 0, to: values.count, by: sampleStep).reduce(Int64.max) { min($0, values[$1]) }
      return UInt64(bitPattern: low &- bounds.min) < 65_536 ? bounds.min : low
    }
  }
}

/// How often each top comes in a sorted sample.
private struct TopRuns {
  private var tops: [UInt64] = []
  private(set) var counts: [UInt32] = []

  var first: UInt64 { tops[0] }
  var last: UInt64 { tops[tops.count - 1] }

  init(_ distances: [UInt64], _ top: (UInt64) -> UInt64) {
    for distance in distances { add(top(distance), 1) }
  }

  private mutating func add(_ top: UInt64, _ count: UInt32) {
    if let last = tops.last, last == top {
      counts[counts.count - 1] += count
    } else {
      tops.append(top)
      counts.append(count)
    }
  }

  /// For tops of one bit less.
  mutating func halve() {
    let old = self
    tops.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
    for (top, count) in zip(old.tops, old.counts) { add(top >> 1, count) }
  }
}
