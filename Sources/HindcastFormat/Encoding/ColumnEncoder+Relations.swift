extension ColumnEncoder {
  /// More exceptions than one in so many values, and the relation is none.
  private static let valuesPerException = 16

  /// Writes the values as the relation to their sources, which have no nulls. False, with something written that is to be
  /// taken back, if too many of them do not follow it.
  func encode(_ values: ColumnValues, _ schema: ColumnSchema, as relation: ColumnRelation, of sources: [ColumnValues])
    -> Bool
  {
    switch relation {
    case .mapped: return encode(values, schema, mappedFrom: sources[0])
    case .arithmetic(let operation):
      guard case .float64(let values) = values, let one = NumberSource(sources[0]), let other = NumberSource(sources[1])
      else { return false }
      return encode(values, as: operation, of: one.numbers, other.numbers)
    case .scaled(let exponent, let factors):
      guard case .float64(let values) = values, let source = NumberSource(sources[0]) else { return false }
      return encode(
        values, exponent: exponent, factors, of: source.numbers, groups: sources.count > 1 ? sources[1] : nil)
    case .offset:
      guard case .int64(let values) = values, case .int64(let base) = sources[0] else { return false }
      writer.begin(.offset)
      encode(integers: zip(values, base).map { $0 &- $1 })
      return true
    }
  }

  private func encode(_ values: ColumnValues, _ schema: ColumnSchema, mappedFrom source: ColumnValues) -> Bool {
    guard let classes = ValueClasses(source), let own = ValueClasses(values) else { return false }
    // For each class the value that most rows of it have, if any has more than half.
    var best = [Int64](repeating: 0, count: classes.count)
    var rows = [Int](repeating: 0, count: classes.count)
    var lead = [Int](repeating: 0, count: classes.count)
    for (row, (place, code)) in zip(classes.codes, own.codes).enumerated() {
      let place = Int(place)
      if lead[place] == 0 {
        best[place] = code
        rows[place] = row
        lead[place] = 1
      } else {
        lead[place] += best[place] == code ? 1 : -1
      }
    }
    let exceptions = own.codes.indices.filter { own.codes[$0] != best[Int(classes.codes[$0])] }
    guard exceptions.count <= own.codes.count / Self.valuesPerException else { return false }
    writer.begin(.mapped)
    writer.data.appendVarint(classes.count)
    writer.data.appendVarint(exceptions.count)
    encode(values.taking(rows: rows, dimension: 0), schema)
    encode(integers: exceptions.map { Int64($0) })
    encode(values.taking(rows: exceptions, dimension: 0), schema)
    return true
  }

  private func encode(
    _ values: [Double], as operation: ColumnRelation.Arithmetic, of one: [Double], _ other: [Double]
  ) -> Bool {
    let exceptions = values.indices.filter { operation(one[$0], other[$0]).bitPattern != values[$0].bitPattern }
    guard exceptions.count <= values.count / Self.valuesPerException else { return false }
    writer.begin(.arithmetic, parameter: Int(operation.rawValue))
    writer.data.appendVarint(exceptions.count)
    encode(exceptions: exceptions, of: values)
    return true
  }

  private func encode(
    _ values: [Double], exponent: Int, _ factors: [Double], of source: [Double], groups: ColumnValues?
  ) -> Bool {
    let classes = groups.flatMap { ValueClasses($0) }
    guard factors.count == (groups == nil ? 1 : classes?.count) else { return false }
    let power = DecimalStep.powers[exponent]
    var exceptions: [Int] = []
    var residuals: [Int64] = []
    residuals.reserveCapacity(values.count)
    for (row, value) in values.enumerated() {
      guard let mantissa = DecimalStep.mantissa(value, power: power) else {
        exceptions.append(row)
        residuals.append(residuals.last ?? 0)
        continue
      }
      let factor = factors[classes.map { Int($0.codes[row]) } ?? 0]
      residuals.append(mantissa &- ColumnRelation.scaled(source[row], by: factor))
    }
    guard exceptions.count <= values.count / Self.valuesPerException else { return false }
    writer.begin(.scaled, parameter: exponent)
    writer.data.appendVarint(factors.count)
    writer.data.appendVarint(exceptions.count)
    for factor in factors { withUnsafeBytes(of: factor.bitPattern.littleEndian) { writer.data += $0 } }
    encode(integers: residuals)
    encode(exceptions: exceptions, of: values)
    return true
  }

  private func encode(exceptions rows: [Int], of values: [Double]) {
    encode(integers: rows.map { Int64($0) })
    encode(integers: rows.map { Int64(bitPattern: values[$0].bitPattern) })
  }
}
