/// Looks for columns of a block that others of it determine, on a sample of rows. What it proposes is tried by writing it, and
/// kept only where that is smaller, so a proposal costs time and never bytes.
///
/// Bounded: each column is compared with at most `sourcesMax` numbers, two at a time, on few rows, and with as many groups.
struct RelationSearch {
  struct Candidate {
    var relation: ColumnRelation
    /// Places of the sources in the block.
    var sources: [Int]
    /// Bits a value that it is expected to cost.
    var bits: Double
  }

  private let block: Block
  private let sample: RelationSample

  /// Fewer rows are not worth the time.
  static let rowsMin = 1_024
  private static let candidatesMax = 4
  private static let groupsMax = 64

  init(_ block: Block) {
    self.block = block
    sample = RelationSample(block)
  }

  /// Columns that readers need to find their way stay as they are.
  static func mayFollow(_ schema: ColumnSchema) -> Bool {
    schema.role != .id && schema.role != .time && !schema.isRowPosition
  }

  /// What the column may follow from, the most promising first. `bits`: what a value of it costs by itself.
  func candidates(for target: Int, bits: Double) -> [Candidate] {
    let column = block.columns[target]
    let rows = sample.rows(of: column)
    guard rows.count >= Self.rowsMin / 4 else { return [] }
    let numbers = sample.numbers.filter { $0.column != target }
    var found: [Candidate] = []
    if case .float64(let values) = column.values {
      found += arithmetic(values, rows, numbers)
      if case .decimal(let exponent)? = Float64Choice.decimal(sample.values(values, rows), .compaction) {
        found += scaled(values, exponent, rows, numbers, target: target, bits: bits)
      }
    }
    if case .int64(let values) = column.values { found += offset(values, rows, numbers, bits: bits) }
    found += mapped(target)
    return Array(found.sorted { $0.bits < $1.bits }.prefix(Self.candidatesMax))
  }

  // MARK: Numbers

  private func arithmetic(_ values: [Double], _ rows: [Int], _ numbers: [RelationSample.Numbers]) -> [Candidate] {
    var found: [Candidate] = []
    for one in numbers {
      for other in numbers where one.column != other.column {
        for operation in ColumnRelation.Arithmetic.allCases {
          let isSymmetric = operation == .sum || operation == .product
          if isSymmetric, one.column > other.column { continue }
          func fits(_ row: Int) -> Bool {
            operation(one[row], other[row]).bitPattern == values[row].bitPattern
          }
          guard fits(rows[0]) || fits(rows[rows.count / 2]), isMostly(rows.prefix(256), fits) else { continue }
          found.append(Candidate(relation: .arithmetic(operation), sources: [one.column, other.column], bits: 0))
          if found.count >= Self.candidatesMax { return found }
        }
      }
    }
    return found
  }

  private func scaled(
    _ values: [Double], _ exponent: Int, _ rows: [Int], _ numbers: [RelationSample.Numbers], target: Int, bits: Double
  ) -> [Candidate] {
    let power = DecimalStep.powers[exponent]
    let decimals = rows.prefix(512).compactMap { row in
      DecimalStep.mantissa(values[row], power: power).map { (row: row, mantissa: $0) }
    }
    guard decimals.count >= 128 else { return [] }
    var found: [Candidate] = []
    for source in numbers {
      let distance = decimals.reduce(0.0) { sum, decimal in
        sum + Self.bits(of: decimal.mantissa &- ColumnRelation.scaled(source[decimal.row], by: power))
      }
      let near = distance / Double(decimals.count)
      if near + 0.5 < bits {
        found.append(
          Candidate(relation: .scaled(exponent: exponent, factors: [power]), sources: [source.column], bits: near))
      }
      var groups: [Int?] = [nil]
      groups += sample.groups(upTo: Self.groupsMax).filter { $0 != target && $0 != source.column }
      for group in groups {
        guard let classes = group.map({ sample.classes[$0]! }) ?? sample.oneClass else { continue }
        var intervals = FactorIntervals(classCount: classes.count)
        let isExact = isMostly(decimals[...]) { decimal in
          intervals.narrow(
            classes.code(ofRow: decimal.row), mantissa: decimal.mantissa, number: source[decimal.row])
        }
        guard isExact,
          let factors = factors(of: target, values, exponent, source: source.column, group: group)
        else { continue }
        found.append(
          Candidate(
            relation: .scaled(exponent: exponent, factors: factors),
            sources: [source.column] + (group.map { [$0] } ?? []),
            bits: Double(factors.count * 64) / Double(block.rowCount)))
        break
      }
    }
    return found
  }

  /// For each class of the group a factor that gives as many values as possible, from all rows.
  private func factors(
    of target: Int, _ values: [Double], _ exponent: Int, source: Int, group: Int?
  ) -> [Double]? {
    guard let numbers = NumberSource(block.columns[source].values)?.numbers else { return nil }
    let validity = block.columns[target].validity
    let rows = validity?.setRows ?? Array(0..<block.rowCount)
    var codes: [Int64]?
    var count = 1
    if let group {
      let all = block.columns[group].values
      guard let classes = ValueClasses(validity == nil ? all : all.taking(rows: rows, dimension: 0)) else { return nil }
      codes = classes.codes
      count = classes.count
    }
    var intervals = FactorIntervals(classCount: count)
    let power = DecimalStep.powers[exponent]
    for (index, row) in rows.enumerated() {
      guard let mantissa = DecimalStep.mantissa(values[row], power: power) else { continue }
      _ = intervals.narrow(codes.map { Int($0[index]) } ?? 0, mantissa: mantissa, number: numbers[row])
    }
    return intervals.factors
  }

  private func offset(
    _ values: [Int64], _ rows: [Int], _ numbers: [RelationSample.Numbers], bits: Double
  ) -> [Candidate] {
    numbers.compactMap { source -> Candidate? in
      guard case .int64(let base) = block.columns[source.column].values else { return nil }
      let distances = rows.prefix(512).map { values[$0] &- base[$0] }
      let least = distances.min() ?? 0
      let near = distances.reduce(0.0) { $0 + Self.bits(of: $1 &- least) } / Double(max(distances.count, 1))
      return near < bits + 1 ? Candidate(relation: .offset, sources: [source.column], bits: near) : nil
    }
  }

  /// About what a number of this size costs.
  private static func bits(of number: Int64) -> Double {
    let magnitude = number == .min ? UInt64(1) << 63 : UInt64(number.magnitude)
    return magnitude == 0 ? 0 : Entropy.log2(Double(magnitude)) + 1.5
  }

  // MARK: Classes

  private func mapped(_ target: Int) -> [Candidate] {
    guard let own = sample.classes[target], own.count > 1 else { return [] }
    var found: [Candidate] = []
    for (column, classes) in sample.classes.enumerated() where column != target {
      guard let classes, classes.count > 1, block.columns[column].validity == nil else { continue }
      var first = [Int](repeating: -1, count: classes.count)
      var repeats = 0
      var conflicts = 0
      for row in sample.rows(of: block.columns[target]) {
        let place = classes.code(ofRow: row)
        if first[place] < 0 {
          first[place] = own.code(ofRow: row)
        } else {
          repeats += 1
          if first[place] != own.code(ofRow: row) { conflicts += 1 }
        }
      }
      guard repeats * 4 >= sample.rowCount, conflicts * 12 <= repeats else { continue }
      let entryBits = Entropy.log2(Double(own.count)) * Double(classes.count)
      found.append(
        Candidate(
          relation: .mapped, sources: [column],
          bits: entryBits / Double(block.rowCount) + 16 * Double(conflicts) / Double(repeats)))
    }
    return found
  }

  private func isMostly<Rows: Collection>(_ rows: Rows, _ holds: (Rows.Element) -> Bool) -> Bool {
    var allowed = rows.count / 16
    for row in rows where !holds(row) {
      allowed -= 1
      if allowed < 0 { return false }
    }
    return true
  }
}

/// For each class the factors that round every number of it so far to its mantissa.
struct FactorIntervals {
  private var lows: [Double]
  private var highs: [Double]

  init(classCount: Int) {
    lows = [Double](repeating: -.infinity, count: classCount)
    highs = [Double](repeating: .infinity, count: classCount)
  }

  /// False, and nothing changed, if no factor of the class gives this one, too.
  mutating func narrow(_ place: Int, mantissa: Int64, number: Double) -> Bool {
    guard number != 0, number.isFinite else { return mantissa == 0 }
    let one = (Double(mantissa) - 0.5) / number
    let other = (Double(mantissa) + 0.5) / number
    let low = max(lows[place], min(one, other))
    let high = min(highs[place], max(one, other))
    guard low <= high else { return false }
    (lows[place], highs[place]) = (low, high)
    return true
  }

  var factors: [Double] {
    zip(lows, highs).map { low, high in low.isFinite && high.isFinite ? low + (high - low) / 2 : 0 }
  }
}
