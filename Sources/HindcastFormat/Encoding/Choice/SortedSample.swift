/// A sample in ascending order, as distances from its smallest value.
struct SortedSample {
  let base: Int64
  private(set) var distances: [UInt64]

  private static let digitBits = 8

  /// The sample is not empty.
  init(_ sample: [Int64]) {
    let bounds = sample.withUnsafeBufferPointer { UncheckedLoops.bounds($0) }
    base = bounds.min
    distances = sample.withUnsafeBufferPointer { sample in
      UncheckedLoops.map(sample) { UInt64(bitPattern: $0 &- bounds.min) }
    }
    // Digit by digit from the lowest: as many rounds as the range has bytes.
    let width = 64 - UInt64(bitPattern: bounds.max &- bounds.min).leadingZeroBitCount
    var target = distances
    for shift in stride(from: 0, to: width, by: Self.digitBits) {
      UncheckedLoops.sortStably(distances, into: &target, shift: shift)
      swap(&distances, &target)
    }
  }

  var distinctCount: Int {
    1 + zip(distances, distances.dropFirst()).reduce(0) { $0 + ($1.0 != $1.1 ? 1 : 0) }
  }
}
