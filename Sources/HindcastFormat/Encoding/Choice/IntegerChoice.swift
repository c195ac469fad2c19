/// Which shape integers should take, estimated on a sample: short stretches from all over, so that neighbours stay
/// neighbours.
struct IntegerChoice {
  private(set) var shape: IntegerShape = .bitPacked
  /// If that is the shape.
  private(set) var dictionary: IntegerDictionary?

  private static let stretch = 64
  /// What tokens have to save: they take a little longer than packed bits.
  private static let tokensMargin = 0.03

  /// `compressor` and `codec`: what byte steps are compressed with.
  init(
    _ values: [Int64], _ bounds: (min: Int64, max: Int64), _ effort: EncodeEffort, excluding: [IntegerShape] = [],
    _ compressor: ByteCompressor, _ codec: ByteCodec
  ) {
    let sample = Self.sample(values, count: effort == .ingest ? 2_048 : 16_384)
    let range = UInt64(bitPattern: bounds.max &- bounds.min)
    let width = 64 - range.leadingZeroBitCount
    // Compressing costs time: it has to save something.
    let planesMargin = effort == .ingest ? 0.3 : 0.02

    var best = Double(width)
    func offer(_ candidate: IntegerShape, _ bits: Double, margin: Double) {
      if bits + margin < best, !excluding.contains(candidate) { (shape, best) = (candidate, bits) }
    }
    let sorted = SortedSample(sample)
    let tokens = TokenChoice(sorted, count: values.count)
    offer(.tokens(tokens.kind), tokens.bitsPerValue, margin: Self.tokensMargin)
    offer(.bytePlanes, Self.planeBits(sample.map { $0 &- bounds.min }, count: values.count), margin: planesMargin)
    if width <= 4 {
      offer(.packedForCompression, Self.packedBits(sample, bounds.min, width, values.count), margin: planesMargin)
    }

    let changes = values.withUnsafeBufferPointer { UncheckedLoops.changeCount($0) }
    if changes < values.count / 8 {
      offer(.runs, Double(changes + 1) * (Double(width) + 12) / Double(values.count), margin: 0.02)
    }
    if values.count > 2, !excluding.contains(.delta) {
      let (low, high) = values.withUnsafeBufferPointer { UncheckedLoops.differenceBounds($0) }
      let deltaWidth = 64 - UInt64(bitPattern: high &- low).leadingZeroBitCount
      let deltas = Self.sampleDifferences(values, count: sample.count)
      let deltaBits = min(
        Double(deltaWidth), Self.planeBits(deltas.map { $0 &- low }, count: values.count) + planesMargin,
        TokenChoice(SortedSample(deltas), count: values.count).bitsPerValue + Self.tokensMargin)
      offer(.delta, deltaBits, margin: 0.1)
    }
    if width > 8, !excluding.contains(.dictionary), Self.repeats(sorted), let dictionary = IntegerDictionary(values) {
      let codeWidth = 64 - (UInt64(dictionary.entries.count) - 1).leadingZeroBitCount
      let codes = Self.sample(dictionary.codes, count: sample.count)
      let codeBits = min(
        Double(codeWidth), Self.planeBits(codes, count: values.count) + planesMargin,
        TokenChoice(SortedSample(codes), count: values.count).bitsPerValue + Self.tokensMargin)
      let entryBits = max(Double(width) - Entropy.log2(Double(dictionary.entries.count)), 1) + 2.5
      let share = Double(dictionary.entries.count) / Double(values.count)
      offer(.dictionary, codeBits + entryBits * share + 64 / Double(values.count), margin: 0.1)
      if shape == .dictionary { self.dictionary = dictionary }
    }
    if width > 1, !excluding.contains(.multiples) {
      let factor = Self.commonFactor(values, base: bounds.min)
      // All that a factor takes off a bit-packed value; what is left is estimated again when it is encoded.
      if factor > 1, shape != .dictionary, shape != .runs {
        offer(.multiples, max(best - Entropy.log2(Double(factor)), 0), margin: 0.1)
      }
    }
    // What comes again in the same order, only a compressor sees. It is tried, on neighbours: no estimate tells.
    if width > 4, best > 1, values.count >= Self.repeatsMin {
      let bits = Self.compressedBits(values, bounds.min, width, sample.count * 2, compressor, codec)
      offer(.packedForCompression, bits, margin: max(planesMargin, best / 8))
    }
  }

  private static let repeatsMin = 256

  /// Bits a value costs as whole bytes that are compressed, by those in the middle.
  private static func compressedBits(
    _ values: [Int64], _ base: Int64, _ width: Int, _ count: Int, _ compressor: ByteCompressor, _ codec: ByteCodec
  ) -> Double {
    let part = values.count <= count ? values[...] : values[(values.count - count) / 2..<(values.count + count) / 2]
    let packed = part.withUnsafeBufferPointer { part in
      var packed: [UInt8] = []
      UncheckedLoops.packBits(part, base: base, width: IntegerShape.widthForCompression(width), to: &packed)
      return packed
    }
    let compressed = packed.withUnsafeBytes { compressor.compress($0, codec: codec, level: 1) }
    return Double(compressed.count * 8) / Double(part.count)
  }

  /// The greatest common divisor of the distances from `base`.
  static func commonFactor(_ values: [Int64], base: Int64) -> UInt64 {
    var factor: UInt64 = 0
    for value in values {
      var rest = UInt64(bitPattern: value &- base)
      if factor != 0 {
        rest %= factor
        if rest == 0 { continue }
      }
      while rest != 0 { (factor, rest) = (rest, factor % rest) }
      if factor == 1 { return 1 }
    }
    return factor
  }

  private static func starts(_ count: Int, sample: Int) -> [Range<Int>] {
    guard count > sample else { return [0..<count] }
    let stretches = sample / stretch
    return (0..<stretches).map { index in
      let start = index * (count - stretch) / (stretches - 1)
      return start..<start + stretch
    }
  }

  private static func sample(_ values: [Int64], count: Int) -> [Int64] {
    starts(values.count, sample: count).flatMap { values[$0] }
  }

  private static func sampleDifferences(_ values: [Int64], count: Int) -> [Int64] {
    starts(values.count, sample: count).flatMap { range in
      range.dropFirst().map { values[$0] &- values[$0 - 1] }
    }
  }

  /// Bits a value costs as byte planes, each compressed if it is no noise.
  private static func planeBits(_ distances: [Int64], count: Int) -> Double {
    let all = distances.reduce(UInt64(0)) { $0 | UInt64(bitPattern: $1) }
    let planes = (64 - all.leadingZeroBitCount + 7) / 8
    return (0..<planes).reduce(0) { bits, plane in
      let shift = UInt64(plane * 8)
      return bits
        + Entropy.bitsPerByte(
          distances.lazy.map { UInt8(truncatingIfNeeded: UInt64(bitPattern: $0) >> shift) }, count: count)
    }
  }

  /// Bits a value of at most 4 bits costs when several share a byte and the bytes are compressed.
  private static func packedBits(_ sample: [Int64], _ base: Int64, _ width: Int, _ count: Int) -> Double {
    let rounded = width == 3 ? 4 : width
    var packed: [UInt8] = []
    sample.withUnsafeBufferPointer { UncheckedLoops.packBits($0, base: base, width: rounded, to: &packed) }
    return Entropy.bitsPerByte(packed, count: count * rounded / 8) * Double(rounded) / 8
  }

  /// Whether values come again often enough for a dictionary to be tried.
  private static func repeats(_ sample: SortedSample) -> Bool {
    let repeated = sample.distances.count - sample.distinctCount
    return repeated * 16 > sample.distances.count
  }
}
