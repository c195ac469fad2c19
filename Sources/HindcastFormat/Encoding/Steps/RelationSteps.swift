/// Steps that compute a column from others. They stand at the root only, under `related` and perhaps `nullable`.
enum RelationSteps {
  /// `sources`: of the rows that have a value, and without nulls.
  static func values(
    _ reader: inout StepReader, _ schema: ColumnSchema, _ count: Int, _ sources: [ColumnValues]
  ) throws(FormatError) -> ColumnValues {
    let (step, parameter) = try reader.enter()
    defer { reader.leave() }
    switch step {
    case .mapped where sources.count == 1: return try mapped(&reader, schema, count, sources[0])
    case .arithmetic: return .float64(try arithmetic(&reader, schema, parameter, count, sources))
    case .scaled: return .float64(try scaled(&reader, schema, Int(parameter), count, sources))
    case .offset where sources.count == 1: return .int64(try offset(&reader, schema, count, sources[0]))
    default: throw reader.misplaced(step, "values related to another column's")
    }
  }

  private static func mapped(
    _ reader: inout StepReader, _ schema: ColumnSchema, _ count: Int, _ source: ColumnValues
  ) throws(FormatError) -> ColumnValues {
    let entryCount = try reader.data.count(upTo: count, "the number of mapped entries")
    let exceptionCount = try reader.data.count(upTo: count, "the number of mapped exceptions")
    try reader.budget.take(count, stride: 24)
    guard let classes = ValueClasses(source), classes.count == entryCount else {
      throw FormatError(.corrupt, "the source of encoding step mapped has not the \(entryCount) values of its table")
    }
    let entries = try ColumnDecoder.values(&reader, schema, entryCount, isResult: false)
    let rows = try exceptionRows(&reader, exceptionCount, count, "mapped")
    let exceptions = try ColumnDecoder.values(&reader, schema, exceptionCount, isResult: false)
    // Entries first, exceptions behind them: a row's value is one of both.
    var places = classes.codes.map { Int($0) }
    for (index, row) in rows.enumerated() { places[row] = entryCount + index }
    return try joined(&reader, entries, exceptions, places)
  }

  private static func joined(
    _ reader: inout StepReader, _ entries: ColumnValues, _ exceptions: ColumnValues, _ places: [Int]
  ) throws(FormatError) -> ColumnValues {
    switch (entries, exceptions) {
    case (.bool(let entries), .bool(let exceptions)):
      return ColumnValues.bool(entries + exceptions).taking(rows: places, dimension: 0)
    case (.int64(let entries), .int64(let exceptions)):
      return ColumnValues.int64(entries + exceptions).taking(rows: places, dimension: 0)
    case (.float32(let entries), .float32(let exceptions)):
      return ColumnValues.float32(entries + exceptions).taking(rows: places, dimension: 0)
    case (.float64(let entries), .float64(let exceptions)):
      return ColumnValues.float64(entries + exceptions).taking(rows: places, dimension: 0)
    case (.strings(var all), .strings(let exceptions)):
      for index in 0..<exceptions.count { all.append(exceptions[index]) }
      var total = 0
      for place in places {
        total += Int(all.offsets[place + 1] - all.offsets[place])
        guard total <= Limits.decodedBytesMax else { throw reader.budget.exceeded }
      }
      try reader.budget.expect(textBytes: total)
      try reader.budget.take(total)
      return ColumnValues.strings(all).taking(rows: places, dimension: 0)
    default: throw FormatError(.corrupt, "encoding step mapped cannot give values of this type")
    }
  }

  private static func arithmetic(
    _ reader: inout StepReader, _ schema: ColumnSchema, _ parameter: UInt8, _ count: Int, _ sources: [ColumnValues]
  ) throws(FormatError) -> [Double] {
    try checkIsFloat64(schema, "arithmetic")
    guard let operation = ColumnRelation.Arithmetic(rawValue: parameter) else {
      throw FormatError(.unsupported, "operation \(parameter) of encoding step arithmetic is not known to this reader")
    }
    guard sources.count == 2, let one = NumberSource(sources[0]), let other = NumberSource(sources[1]) else {
      throw FormatError(.corrupt, "encoding step arithmetic needs two sources that are numbers")
    }
    let exceptionCount = try reader.data.count(upTo: count, "the number of arithmetic exceptions")
    try reader.budget.take(count, stride: 24)
    var values = [Double](repeating: 0, count: count)
    for row in 0..<count { values[row] = operation(one.numbers[row], other.numbers[row]) }
    try except(&reader, exceptionCount, "arithmetic", &values)
    return values
  }

  private static func scaled(
    _ reader: inout StepReader, _ schema: ColumnSchema, _ exponent: Int, _ count: Int, _ sources: [ColumnValues]
  ) throws(FormatError) -> [Double] {
    try checkIsFloat64(schema, "scaled")
    guard exponent <= DecimalStep.exponentMax else {
      throw FormatError(.corrupt, "encoding step scaled has exponent \(exponent)")
    }
    guard let source = NumberSource(sources[0]) else {
      throw FormatError(.corrupt, "encoding step scaled needs a source that is a number")
    }
    let factorCount = try reader.data.count(upTo: max(count, 1), "the number of factors")
    let exceptionCount = try reader.data.count(upTo: count, "the number of scaled exceptions")
    try reader.budget.take(factorCount, stride: 8)
    let factors = try reader.data.take(factorCount * 8)
    try reader.budget.take(count, stride: 32)
    let classes = sources.count > 1 ? ValueClasses(sources[1]) : nil
    guard factorCount == (sources.count > 1 ? classes?.count : 1) else {
      throw FormatError(
        .corrupt, "encoding step scaled has \(factorCount) factors, which its source has no classes for")
    }
    let residuals = try reader.integers(count)
    let power = DecimalStep.powers[exponent]
    var values = [Double](repeating: 0, count: count)
    for row in 0..<count {
      let place = classes.map { Int($0.codes[row]) } ?? 0
      let bits = UInt64(littleEndian: factors.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self))
      let base = ColumnRelation.scaled(source.numbers[row], by: Double(bitPattern: bits))
      values[row] = Double(base &+ residuals[row]) / power
    }
    try except(&reader, exceptionCount, "scaled", &values)
    return values
  }

  private static func offset(
    _ reader: inout StepReader, _ schema: ColumnSchema, _ count: Int, _ source: ColumnValues
  ) throws(FormatError) -> [Int64] {
    guard schema.type == .int64 || schema.type == .timestamp, case .int64(let base) = source else {
      throw FormatError(.corrupt, "encoding step offset gives integers from integers only")
    }
    try reader.budget.take(count, stride: 8)
    let residuals = try reader.integers(count)
    return zip(base, residuals).map { $0 &+ $1 }
  }

  // MARK: Exceptions

  private static func exceptionRows(
    _ reader: inout StepReader, _ exceptionCount: Int, _ count: Int, _ what: String
  ) throws(FormatError) -> [Int] {
    let rows = try reader.integers(exceptionCount)
    for row in rows {
      guard row >= 0, row < count else {
        throw FormatError(.corrupt, "an exception of encoding step \(what) at value \(row) of \(count)")
      }
    }
    return rows.map { Int($0) }
  }

  private static func except(
    _ reader: inout StepReader, _ exceptionCount: Int, _ what: String, _ values: inout [Double]
  ) throws(FormatError) {
    let rows = try exceptionRows(&reader, exceptionCount, values.count, what)
    let bits = try reader.integers(exceptionCount)
    for (row, bits) in zip(rows, bits) { values[row] = Double(bitPattern: UInt64(bitPattern: bits)) }
  }

  private static func checkIsFloat64(_ schema: ColumnSchema, _ what: String) throws(FormatError) {
    guard schema.type == .float64 else {
      throw FormatError(.corrupt, "encoding step \(what) gives float64 values only")
    }
  }
}
