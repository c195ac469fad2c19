import Testing

@testable import HindcastFormat

@Suite struct StatisticsTests {
  @Test("statistics say what a slow look at the values says, and come back from a block and from a footer")
  func random() throws {
    var random = RandomColumns(seed: 20)
    for round in 0..<60 {
      let block = random.block(rowCount: [1, 2, 40, 700][round % 4])
      let encoded = try BlockEncoder(effort: .compaction).encode(block)
      #expect(encoded.zones.map(\.schema) == block.columns.map(\.schema))
      for (column, zone) in zip(block.columns, encoded.zones) {
        check(zone.statistics, column)
      }
      let summary = try BlockDecoder.summary(encoded.bytes)
      for (column, zone) in zip(summary.columns, encoded.zones) {
        #expect(column.statistics ?? ZoneStatistics() == zone.statistics, "\(column.schema)")
      }

      var footer = FileFooter()
      footer.streams = [block.stream]
      let entry = FrameEntry(
        offset: 128, payloadLength: 1, stream: 0, position: 1, lastPosition: 1, rows: UInt32(block.rowCount),
        minTime: 0, maxTime: 0, payloadHash: 0)
      footer.frames = [entry, entry]
      footer.zones = [encoded.zones, Array(encoded.zones.dropFirst(3))]
      let packed = footer.packed()
      #expect(try packed.withUnsafeBytes { try FileFooter(unpacking: $0) } == footer)
    }
  }

  private func check(_ statistics: ZoneStatistics, _ column: Column) {
    let rows = (0..<column.rowCount).filter { !column.isNull($0) }
    #expect(statistics.nulls == column.rowCount - rows.count)
    switch column.values {
    case .bool(let values):
      let present = rows.map { Int64(values[$0]) }
      #expect(statistics.bounds == present.min().map { .integers($0...present.max()!) })
    case .int64(let values):
      let present = rows.map { values[$0] }
      #expect(statistics.bounds == present.min().map { .integers($0...present.max()!) })
      expectDistinct(statistics.distinct, Set(present).count)
    case .float64(let values):
      expectNumbers(statistics, rows.map { values[$0] })
    case .float32(let values) where column.schema.type == .float32:
      expectNumbers(statistics, rows.map { Double(values[$0]) })
    case .strings(let values):
      let present = rows.map { Array(values[$0]) }
      expectDistinct(statistics.distinct, Set(present).count)
      guard case .texts(let from, let to) = statistics.bounds else {
        #expect(present.isEmpty)
        return
      }
      #expect(from.count <= 32 && to?.count ?? 0 <= 32)
      for value in present {
        #expect(!value.lexicographicallyPrecedes(from))
        if let to { #expect(!to.lexicographicallyPrecedes(value)) }
      }
    default: break
    }
  }

  private func expectNumbers(_ statistics: ZoneStatistics, _ present: [Double]) {
    let numbers = present.filter { !$0.isNaN }
    #expect(statistics.nans == present.count - numbers.count)
    guard let low = numbers.min(), let high = numbers.max() else {
      #expect(statistics.bounds == nil)
      return
    }
    #expect(statistics.bounds == .numbers(low...high))
  }

  private func expectDistinct(_ estimate: Int, _ count: Int) {
    #expect(abs(estimate - count) <= max(2, count / 20), "\(estimate) for \(count)")
  }

  @Test(
    "the estimate of distinct values is within a few percent at any size",
    arguments: [0, 1, 100, 3_000, 9_000, 11_000, 200_000])
  func distinct(count: Int) {
    var estimate = DistinctCount()
    for _ in 0..<2 {
      for number in 0..<count { estimate.add(UInt64(number) &* 1_000) }
    }
    #expect(abs(Double(estimate.estimate - count)) <= Double(count) * 0.05, "\(estimate.estimate)")
  }

  @Test("long texts have bounds that are cut on the right side")
  func longTexts() {
    func statistics(_ texts: [[UInt8]]) -> ZoneStatistics.Bounds? {
      var strings = ByteStrings()
      for text in texts { strings.append(text) }
      return ZoneStatistics(Column(ColumnSchema("x", role: .feature, type: .bytes), .strings(strings))).bounds
    }
    let long = [UInt8](repeating: 0x61, count: 40)
    #expect(statistics([long]) == .texts(from: Array(long[..<32]), to: Array(long[..<31]) + [0x62]))
    let high = [UInt8](repeating: 0x61, count: 31) + [0xff, 0xff]
    #expect(statistics([high]) == .texts(from: Array(high[..<32]), to: Array(high[..<30]) + [0x62]))
    #expect(
      statistics([[UInt8](repeating: 0xff, count: 33)]) == .texts(from: [UInt8](repeating: 0xff, count: 32), to: nil))
    #expect(statistics([[1, 2], []]) == .texts(from: [], to: [1, 2]))
  }

  @Test("statistics whose bounds contradict themselves are refused")
  func hostile() {
    // integers: 4 and 2; one number; a number that is none; bounds of two kinds; three texts.
    let nan: [UInt8] = [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]
    let bad: [[UInt8]] = [
      [0x22, 2, 8, 4], [0x22, 1, 2], [0x2a, 8] + nan, [0x2a, 16] + nan + nan, [0x22, 2, 2, 4, 0x32, 1, 0x61],
      [0x32, 0, 0x32, 0, 0x32, 0],
    ]
    for bytes in bad {
      #expect(throws: FormatError.self, "\(bytes)") {
        try bytes.withUnsafeBytes { try ZoneStatistics(unpacking: $0) }
      }
    }
  }
}
