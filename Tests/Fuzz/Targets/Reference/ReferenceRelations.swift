internal import HindcastFormat

/// Columns that are computed from others of their block.
extension ReferenceDecoder {
  /// What stands below `related`: perhaps a nullable, and then a relation. `block`: where the sources are looked up by name.
  mutating func related(
    _ schema: ColumnSchema, _ rowCount: Int, _ block: [Column]
  ) throws(ReferenceRefusal) -> Column {
    try step { decoder, _, _ throws(ReferenceRefusal) in
      let count = try decoder.data.byte()
      guard count == 1 || count == 2 else { throw .wrong("\(count) sources") }
      var sources: [Column] = []
      for _ in 0..<count {
        let role = try decoder.data.byte()
        let name = try decoder.data.take(try decoder.data.count(upTo: 255))
        guard let source = block.first(where: { $0.schema.role.rawValue == role && Array($0.name.utf8) == name }) else {
          throw .wrong("a source that the block has not")
        }
        guard source.validity == nil else { throw .wrong("a source with nulls") }
        sources.append(source)
      }
      var peek = decoder.tree
      guard try peek.byte() == 0x01 else {
        return Column(schema, try decoder.relation(schema, rowCount, sources.map(\.values)))
      }
      return try decoder.nullable(schema, rowCount) { decoder, rows throws(ReferenceRefusal) in
        try decoder.relation(schema, rows.count, sources.map { $0.taking(rows: rows).values })
      }
    }
  }

  private mutating func relation(
    _ schema: ColumnSchema, _ count: Int, _ sources: [ColumnValues]
  ) throws(ReferenceRefusal) -> ColumnValues {
    try step { decoder, code, parameter throws(ReferenceRefusal) in
      switch code {
      case 0x60:
        guard sources.count == 1 else { throw .wrong("mapped from \(sources.count) sources") }
        return try decoder.mapped(schema, count, sources[0])
      case 0x61, 0x62:
        guard schema.type == .float64 else { throw .wrong("step \(code) for another type than float64") }
        var values =
          code == 0x61
          ? try decoder.arithmetic(parameter, count, sources) : try decoder.scaled(Int(parameter), count, sources)
        let exceptions = decoder.exceptionCount
        let rows = try decoder.places(exceptions, below: count)
        for (row, bits) in zip(rows, try decoder.integers(exceptions)) {
          values[row] = Double(bitPattern: UInt64(bitPattern: bits))
        }
        return .float64(values)
      case 0x63:
        guard schema.type == .int64 || schema.type == .timestamp, sources.count == 1, case .int64(let base) = sources[0]
        else { throw .wrong("offset of what are no integers") }
        let distances = try decoder.integers(count)
        return .int64((0..<count).map { base[$0] &+ distances[$0] })
      default: throw .wrong("step \(code) is no relation")
      }
    }
  }

  // MARK: Each relation

  private mutating func mapped(
    _ schema: ColumnSchema, _ count: Int, _ source: ColumnValues
  ) throws(ReferenceRefusal) -> ColumnValues {
    switch schema.type {
    case .uuid, .vector, .stringList, .doubleList: throw .wrong("mapped uuids, vectors or lists")
    default: break
    }
    let entryCount = try data.count(upTo: count)
    let exceptions = try data.count(upTo: count)
    let classes = try Self.classes(source, count)
    guard (classes.max() ?? -1) + 1 == entryCount else { throw .wrong("another number of classes") }
    let entries = try values(schema, entryCount)
    let rows = try places(exceptions, below: count)
    let others = try values(schema, exceptions)
    // Where each value comes from: an entry, or behind them all an exception.
    var places = classes
    for (index, row) in rows.enumerated() { places[row] = entryCount + index }
    switch (entries, others) {
    case (.bool(let one), .bool(let other)): return .bool(places.map { (one + other)[$0] })
    case (.int64(let one), .int64(let other)): return .int64(places.map { (one + other)[$0] })
    case (.float32(let one), .float32(let other)): return .float32(places.map { (one + other)[$0] })
    case (.float64(let one), .float64(let other)): return .float64(places.map { (one + other)[$0] })
    case (.strings(let one), .strings(let other)):
      var joined = ByteStrings()
      for place in places { joined.append(place < one.count ? one[place] : other[place - one.count]) }
      return .strings(joined)
    default: throw .wrong("entries and exceptions of two types")
    }
  }

  private mutating func arithmetic(
    _ operation: UInt8, _ count: Int, _ sources: [ColumnValues]
  ) throws(ReferenceRefusal) -> [Double] {
    guard operation < 4 else { throw .wrong("operation \(operation)") }
    guard sources.count == 2 else { throw .wrong("arithmetic with one source") }
    let (one, other) = (try Self.numbers(sources[0]), try Self.numbers(sources[1]))
    exceptionCount = try data.count(upTo: count)
    return (0..<count).map { row in
      let (a, b) = (one[row], other[row])
      for operand in [a, b] where operand.isNaN {
        return Double(bitPattern: operand.bitPattern | 0x0008_0000_0000_0000)
      }
      let result = [a + b, a - b, a * b, a / b][Int(operation)]
      return result.isNaN ? Double(bitPattern: 0xFFF8_0000_0000_0000) : result
    }
  }

  private mutating func scaled(
    _ exponent: Int, _ count: Int, _ sources: [ColumnValues]
  ) throws(ReferenceRefusal) -> [Double] {
    guard exponent <= 15 else { throw .wrong("an exponent of \(exponent)") }
    let numbers = try Self.numbers(sources[0])
    let factorCount = try data.count(upTo: max(count, 1))
    exceptionCount = try data.count(upTo: count)
    var factors: [Double] = []
    for _ in 0..<factorCount { factors.append(Double(bitPattern: try data.number(bytes: 8))) }
    let classes = sources.count == 2 ? try Self.classes(sources[1], count) : Array(repeating: 0, count: count)
    guard factorCount == (sources.count == 2 ? (classes.max() ?? -1) + 1 : 1) else {
      throw .wrong("another number of factors than classes")
    }
    let residuals = try integers(count)
    var power = 1.0
    for _ in 0..<exponent { power *= 10 }
    return (0..<count).map { row in
      let product = (numbers[row] * factors[classes[row]]).rounded(.toNearestOrEven)
      let base = abs(product) < 9_007_199_254_740_992 ? Int64(product) : 0
      return Double(base &+ residuals[row]) / power
    }
  }

  // MARK: Sources

  private static func numbers(_ values: ColumnValues) throws(ReferenceRefusal) -> [Double] {
    switch values {
    case .float64(let floats): return floats
    case .int64(let integers): return integers.map { Double($0) }
    default: throw .wrong("a source that is no number")
    }
  }

  /// Of each value, by first appearance.
  private static func classes(_ values: ColumnValues, _ count: Int) throws(ReferenceRefusal) -> [Int] {
    let keys: [[UInt8]]
    switch values {
    case .bool(let bools): keys = bools.map { [$0] }
    case .int64(let integers): keys = integers.map { Array("\($0)".utf8) }
    case .float64(let floats): keys = floats.map { Array("\($0.bitPattern)".utf8) }
    case .strings(let strings): keys = (0..<strings.count).map { Array(strings[$0]) }
    default: throw .wrong("a source that has no classes")
    }
    var numbers: [[UInt8]: Int] = [:]
    var classes: [Int] = []
    for key in keys {
      let number = numbers[key] ?? numbers.count
      numbers[key] = number
      classes.append(number)
    }
    guard numbers.count <= max(count / 2, 1) else { throw .wrong("more classes than half the values") }
    return classes
  }

  private mutating func places(_ count: Int, below limit: Int) throws(ReferenceRefusal) -> [Int] {
    var places: [Int] = []
    for place in try integers(count) {
      guard place >= 0, place < limit else { throw .wrong("an exception at value \(place) of \(limit)") }
      places.append(Int(place))
    }
    return places
  }
}
