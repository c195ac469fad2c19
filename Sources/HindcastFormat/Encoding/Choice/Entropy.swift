/// How many bits symbols cost, by their counts: what the choices between steps are estimated with.
///
/// Only additions and multiplications, so that every machine estimates, and so encodes, alike.
enum Entropy {
  /// log2, exact at powers of two and within 0.009 elsewhere.
  static func log2(_ value: Double) -> Double {
    let exponent = Double(value.exponent)
    let mantissa = value.significand
    return exponent + (2 - mantissa / 3) * mantissa - 5 / 3
  }

  /// Bits of all symbols together under a code fitted to them, with a correction for small samples.
  static func bits(_ histogram: [UInt32], total: Int, correction: Double = 0.72) -> Double {
    guard total > 0 else { return 0 }
    let total = Double(total)
    var bits = total * log2(total)
    var used = 0
    for count in histogram where count > 0 {
      bits -= Double(count) * log2(Double(count))
      used += 1
    }
    return max(bits, 0) + Double(used - 1) * correction
  }

  /// Bits a byte of `bytes` costs behind a byte compressor: Huffman codes of at least one bit, or nearly nothing where
  /// one byte rules; 8 for noise. `count`: how many bytes there will be, over which the code table is spread.
  static func bitsPerByte(_ bytes: some Sequence<UInt8>, count: Int) -> Double {
    var histogram = [UInt32](repeating: 0, count: 256)
    var total = 0
    for byte in bytes {
      histogram[Int(byte)] += 1
      total += 1
    }
    guard total > 0 else { return 0 }
    let used = histogram.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
    guard used > 1 else { return 0 }
    let entropy = bits(histogram, total: total) / Double(total)
    let table = Double(used) * 4 / Double(max(count, 1))
    let huffman = entropy < 1 ? 0.5 + entropy / 2 : entropy
    // Whole bits a symbol cost most where there are few symbols.
    return min(8, huffman + table + (used < 16 ? 0.09 : 0.03))
  }
}
