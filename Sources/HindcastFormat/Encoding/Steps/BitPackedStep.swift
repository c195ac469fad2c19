/// Integers as their distance from a base, all in the same number of bits; the bits go on to a byte step.
enum BitPackedStep {
  static func decode(_ reader: inout StepReader, width: Int, _ count: Int) throws(FormatError) -> [Int64] {
    guard width >= 1, width <= 64 else {
      throw FormatError(.corrupt, "encoding step bit_packed has a width of \(width) bits; 1 to 64 are possible")
    }
    let base = try reader.data.zigzag()
    let packed = try reader.borrowedBytes(UncheckedLoops.packedByteCount(count, width: width))
    return UncheckedLoops.unpackBits(packed, base: base, width: width, count: count)
  }
}
