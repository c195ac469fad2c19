import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("Statistics of a column")
struct ColumnStatisticsTests {
  private func statistics(_ column: Column) -> ColumnStatistics {
    var buffer = ParquetColumnBuffer(DeltaType(column.schema.type).parquetColumn("x"))
    buffer.append(column, rows: 0..<column.rowCount)
    return ColumnStatistics(buffer)
  }

  private func statistics(_ values: [Double?]) -> ColumnStatistics {
    statistics(TestEvents.column("x", .feature, values))
  }

  @Test("nulls are counted and stand outside the bounds")
  func nulls() {
    let found = statistics([nil, 3, nil, 2])
    #expect(found.nullCount == 2)
    #expect(found.bounds == .double(2, 3))
  }

  @Test("a column of nulls has no bounds")
  func onlyNulls() {
    #expect(statistics([nil, nil]).bounds == ColumnStatistics.Bounds.none)
    #expect(statistics([nil, nil]).nullCount == 2)
  }

  @Test("one NaN makes the bounds unknown, wherever it stands", arguments: 0..<3)
  func nan(place: Int) {
    var values: [Double?] = [1, 2, 3]
    values[place] = .nan
    #expect(statistics(values).bounds == .unknown)
  }

  @Test("a bound of zero covers both zeros")
  func zeros() {
    for values in [[0.0, 1], [-0.0, 1]] as [[Double?]] {
      guard case .double(let low, _) = statistics(values).bounds else { return #expect(Bool(false), "no bounds") }
      #expect(low.sign == .minus && low == 0)
    }
    for values in [[-1, -0.0], [-1, 0.0]] as [[Double?]] {
      guard case .double(_, let high) = statistics(values).bounds else { return #expect(Bool(false), "no bounds") }
      #expect(high.sign == .plus && high == 0)
    }
  }

  @Test("infinities are bounds like others")
  func infinities() { #expect(statistics([.infinity, -.infinity]).bounds == .double(-.infinity, .infinity)) }

  @Test("texts are ordered by their bytes")
  func texts() {
    let found = statistics(TestEvents.column("x", .tag, ["b", "a\u{FF}", nil, "Z", "é"] as [String?]))
    #expect(found.bounds == .bytes(Array("Z".utf8), Array("é".utf8)))
  }

  @Test("lists have no bounds, only a count of nulls")
  func lists() {
    let column = Column(
      ColumnSchema("x", role: .feature, type: .vector, dimension: 2), .float32([1, 2, 0, 0]),
      validity: Bitmap(bytes: [1], count: 2))
    #expect(statistics(column).bounds == .unknown)
    #expect(statistics(column).nullCount == 1)
  }

  @Test("merged statistics are those of all the values together")
  func merge() {
    var generator = SeededGenerator(seed: 5)
    let choices: [Double?] = [nil, 0.0, -0.0, 1, -1, .infinity, -.infinity, 0.5]
    for round in 0..<300 {
      let left = (0..<Int.random(in: 0...4, using: &generator)).map { _ in choices.randomElement(using: &generator)! }
      var right = (0..<Int.random(in: 0...4, using: &generator)).map { _ in choices.randomElement(using: &generator)! }
      if generator.chance(0.1) { right.append(.nan) }
      var merged = statistics(left)
      merged.merge(statistics(right))
      #expect(sameBits(merged, statistics(left + right)), "round \(round): \(left) and \(right)")
    }
  }

  private func sameBits(_ one: ColumnStatistics, _ other: ColumnStatistics) -> Bool {
    guard one.nullCount == other.nullCount else { return false }
    guard case .double(let low, let high) = one.bounds, case .double(let otherLow, let otherHigh) = other.bounds else {
      return one == other
    }
    return low.bitPattern == otherLow.bitPattern && high.bitPattern == otherHigh.bitPattern
  }
}
