/// How the `tokens` step cuts an integer's distance from the base into a top, which is a token, and low bits.
enum TokenKind: Equatable {
  /// The top is all but the low `shift` bits.
  case top(shift: Int)
  /// The top is the place of the highest bit and the `mantissa` bits below it, so that large distances have more low bits.
  case logarithmic(mantissa: Int)

  /// So that one load of eight bytes holds them wherever they start.
  static let lowBitsMax = 56
  static let mantissaMax = 7

  private static let logarithmicFlag: UInt8 = 0x40
  private static let escapesFlag: UInt8 = 0x80

  func parameter(hasEscapes: Bool) -> UInt8 {
    let escapes = hasEscapes ? Self.escapesFlag : 0
    return switch self {
    case .top(let shift): UInt8(shift) | escapes
    case .logarithmic(let mantissa): UInt8(mantissa) | Self.logarithmicFlag | escapes
    }
  }

  static func hasEscapes(parameter: UInt8) -> Bool { parameter & escapesFlag != 0 }

  /// nil if there is no such kind.
  init?(parameter: UInt8) {
    let number = Int(parameter & 0x3F)
    if parameter & Self.logarithmicFlag != 0 {
      guard number <= Self.mantissaMax else { return nil }
      self = .logarithmic(mantissa: number)
    } else {
      guard number <= Self.lowBitsMax else { return nil }
      self = .top(shift: number)
    }
  }

  /// The top of a distance, and how many low bits it has.
  @inline(__always)
  static func logarithmicTop(_ distance: UInt64, mantissa: Int) -> (top: UInt64, lowBits: Int) {
    let lowBits = max(0, 63 &- distance.leadingZeroBitCount &- mantissa)
    return (UInt64(lowBits) &<< UInt64(mantissa) &+ distance &>> UInt64(lowBits), lowBits)
  }

  /// How many low bits a value of this top has, and the smallest distance of that top; nil if they would be too many.
  func origin(top: UInt64) -> (distance: UInt64, lowBits: Int)? {
    switch self {
    case .top(let shift): return (top &<< UInt64(shift), shift)
    case .logarithmic(let mantissa):
      let high = top >> UInt64(mantissa)
      guard high > 0 else { return (top, 0) }
      let lowBits = high - 1
      guard lowBits <= UInt64(min(Self.lowBitsMax, 63 - mantissa)) else { return nil }
      return ((top - lowBits << UInt64(mantissa)) << lowBits, Int(lowBits))
    }
  }
}

/// The tops that are tokens, ascending, and how many of `total` slots of the entropy coder each has. What they leave is the
/// escape's: it stands for every value whose top is not among them.
struct TokenTable: Equatable {
  static let totalBits = 12
  static let total = 1 << totalBits
  static let countMax = 255
  /// The token that is the escape.
  static let escape: UInt8 = 255

  var tops: [UInt64] = []
  var frequencies: [Int] = []

  var escapeFrequency: Int { Self.total - frequencies.reduce(0, +) }

  /// Frequencies are near those before them where tops are neighbours in a smooth distribution: the order of a frequency's
  /// code follows a running mean.
  private struct OrderModel {
    private var mean: Int

    init(count: Int) { mean = TokenTable.total / count }

    var order: Int { Int.bitWidth - 1 - (mean | 1).leadingZeroBitCount }

    mutating func add(_ frequency: Int) { mean = (mean + frequency) / 2 }
  }

  func append(to data: inout [UInt8]) {
    data.append(UInt8(tops.count))
    var bits = BitWriter()
    var model = OrderModel(count: tops.count)
    var next: UInt64 = 0
    for (top, frequency) in zip(tops, frequencies) {
      bits.append(golomb: top - next, order: 0)
      bits.append(golomb: UInt64(frequency - 1), order: model.order)
      model.add(frequency)
      next = top + 1
    }
    data += bits.finish()
  }

  init(tops: [UInt64], frequencies: [Int]) {
    self.tops = tops
    self.frequencies = frequencies
  }

  init(_ data: inout ByteCursor) throws(FormatError) {
    let count = Int(try data.byte())
    guard count > 0 else { throw FormatError(.corrupt, "a table of tokens is empty") }
    var bits = BitReader(data)
    var model = OrderModel(count: count)
    var next: UInt64 = 0
    var left = Self.total
    for _ in 0..<count {
      let top = next + (try bits.golomb(order: 0))
      let frequency = Int(try bits.golomb(order: model.order)) + 1
      guard frequency <= left else {
        throw FormatError(.corrupt, "the frequencies of tokens are more than \(Self.total) together")
      }
      tops.append(top)
      frequencies.append(frequency)
      left -= frequency
      model.add(frequency)
      next = top + 1
    }
    data = try bits.finish()
  }
}

extension TokenTable {
  /// Frequencies in proportion to `counts` of altogether `total`, each at least 1, in integers only. What `counts` leave of
  /// `total` is the escape's, which keeps at least one slot then.
  init(tops: [UInt64], counts: [UInt32], total: Int) {
    self.tops = tops
    let escapes = total - counts.reduce(0) { $0 + Int($1) }
    func share(_ count: Int) -> Int { max(1, (count * Self.total + total / 2) / total) }
    frequencies = counts.map { share(Int($0)) }
    let target = escapes > 0 ? Self.total - min(share(escapes), Self.total - tops.count) : Self.total
    var excess = frequencies.reduce(0, +) - target
    while excess != 0 {
      // From, or to, the largest, but no more than an eighth of it at a time.
      let largest = frequencies.indices.max { frequencies[$0] < frequencies[$1] } ?? 0
      let step =
        excess > 0 ? min(excess, max(1, frequencies[largest] / 8)) : max(excess, -max(1, frequencies[largest] / 8))
      frequencies[largest] -= step
      excess -= step
    }
  }
}
