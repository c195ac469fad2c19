extension ColumnEncoder {
  /// Steps over integers that have integers below them; deeper nesting gains nothing and has a limit.
  private static let compositesMax = 2

  /// `parents`: the shapes that these integers are part of.
  func encode(integers values: [Int64], under parents: [IntegerShape] = []) {
    guard !values.isEmpty else { return writer.begin(.empty) }
    let bounds = values.withUnsafeBufferPointer { UncheckedLoops.bounds($0) }
    guard bounds.min < bounds.max else {
      writer.begin(.constant)
      writer.data.appendZigzag(bounds.min)
      return
    }
    var dictionary: IntegerDictionary?
    func choose() -> IntegerShape {
      let excluded = parents.count < Self.compositesMax ? parents : IntegerShape.composites
      let choice = IntegerChoice(values, bounds, effort, excluding: excluded, compressor, codec)
      dictionary = choice.dictionary
      return choice.shape
    }
    let decision = memory.decide(
      fits: { if case .integers(let shape) = $0 { shape.mayStand(under: parents, Self.compositesMax) } else { false } },
      choose: { .integers(choose()) })
    guard case .integers(let shape) = decision else { return }
    if !encode(values, bounds, as: shape, under: parents, dictionary) {
      // The remembered shape does not fit this block.
      let shape = choose()
      memory.correct(to: .integers(shape))
      if !encode(values, bounds, as: shape, under: parents, dictionary) {
        memory.correct(to: .integers(.bitPacked))
        _ = encode(values, bounds, as: .bitPacked, under: parents, nil)
      }
    }
  }

  /// False, with nothing written, if the values do not have this shape. `dictionary`: if it has been made already.
  private func encode(
    _ values: [Int64], _ bounds: (min: Int64, max: Int64), as shape: IntegerShape, under parents: [IntegerShape],
    _ dictionary: IntegerDictionary?
  ) -> Bool {
    let below = parents + [shape]
    let range = UInt64(bitPattern: bounds.max &- bounds.min)
    let width = 64 - range.leadingZeroBitCount
    switch shape {
    case .bitPacked:
      pack(values, base: bounds.min, width: width)
    case .packedForCompression:
      let rounded = IntegerShape.widthForCompression(width)
      pack(values, base: bounds.min, width: rounded, rounded < 8 ? .numbers : .repeats)
    case .bytePlanes:
      writePlanes(values, base: bounds.min, planes: (width + 7) / 8)
    case .delta:
      guard values.count > 1 else { return false }
      writer.begin(.delta)
      writer.data.appendZigzag(values[0])
      encode(integers: values.withUnsafeBufferPointer { UncheckedLoops.differences($0) }, under: below)
    case .dictionary:
      guard let dictionary = dictionary ?? IntegerDictionary(values) else { return false }
      writer.begin(.dictionary)
      writer.data.appendVarint(dictionary.entries.count)
      encode(integers: dictionary.entries, under: below)
      encode(integers: dictionary.codes, under: below)
    case .runs:
      guard let runs = IntegerRuns(values) else { return false }
      writer.begin(.runs)
      writer.data.appendVarint(runs.values.count)
      encode(integers: runs.values, under: below)
      encode(integers: runs.lengths, under: below)
    case .multiples:
      let factor = IntegerChoice.commonFactor(values, base: bounds.min)
      guard factor > 1 else { return false }
      writer.begin(.multiples)
      writer.data.appendZigzag(bounds.min)
      writer.data.appendVarint(factor)
      let base = bounds.min
      encode(
        integers: values.withUnsafeBufferPointer {
          UncheckedLoops.map($0) { Int64(bitPattern: UInt64(bitPattern: $0 &- base) / factor) }
        }, under: below)
    case .tokens(let kind): return encode(values, bounds, asTokens: kind)
    }
    return true
  }

  private func pack(_ values: [Int64], base: Int64, width: Int, _ content: ByteContent = .numbers) {
    writer.begin(.bitPacked, parameter: width)
    writer.data.appendZigzag(base)
    var packed: [UInt8] = []
    values.withUnsafeBufferPointer { UncheckedLoops.packBits($0, base: base, width: width, to: &packed) }
    packed.withUnsafeBytes { encode(bytes: $0, content) }
  }

  private func writePlanes(_ values: [Int64], base: Int64, planes: Int) {
    writer.begin(.bytePlanes, parameter: planes)
    writer.data.appendZigzag(base)
    let room = scratch.room(values.count)
    for plane in 0..<planes {
      values.withUnsafeBufferPointer { UncheckedLoops.splitPlane($0, base: base, plane: plane, into: room) }
      encode(bytes: UnsafeRawBufferPointer(room), .numbers)
    }
  }
}

/// Runs of equal integers; nil where they are too short to be worth it.
struct IntegerRuns {
  var values: [Int64] = []
  var lengths: [Int64] = []

  init?(_ integers: [Int64]) {
    let limit = integers.count / 4
    var index = 0
    while index < integers.count {
      let value = integers[index]
      let start = index
      while index < integers.count, integers[index] == value { index += 1 }
      guard values.count < limit else { return nil }
      values.append(value)
      lengths.append(Int64(index - start))
    }
  }
}
