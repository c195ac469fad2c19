/// Integers as their distance from a base, cut into byte planes (all the lowest bytes, all the next, ...), each a byte
/// step: planes of noise stay raw, the others compress.
enum BytePlanesStep {
  static func decode(_ reader: inout StepReader, planes: Int, _ count: Int) throws(FormatError) -> [Int64] {
    guard planes >= 1, planes <= 8 else {
      throw FormatError(.corrupt, "encoding step byte_planes has \(planes) planes; 1 to 8 are possible")
    }
    var values = [Int64](repeating: try reader.data.zigzag(), count: count)
    for plane in 0..<planes {
      UncheckedLoops.addPlane(try reader.borrowedBytes(count), plane: plane, to: &values)
    }
    return values
  }
}
