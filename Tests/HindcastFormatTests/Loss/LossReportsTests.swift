import Testing

@testable import HindcastFormat

@Suite("Reading and adding up loss reports")
struct LossReportsTests {
  private func read(_ rows: [LossRow]) -> [LossReport?] {
    let reports = LossReports(lossBlock(rows))
    return rows.indices.map { reports[$0] }
  }

  @Test("a report's times are the events' own, in order; without them the time of the report")
  func times() {
    let reports = read([
      LossRow(count: 3, bytes: 70, first: 10, last: 20), LossRow(first: 20, last: 10), LossRow(first: 7),
      LossRow(last: 8), LossRow(),
    ])
    #expect(reports.map { $0?.sum.times } == [10...20, 10...20, 7...7, 8...8, 100...100])
    #expect(reports[0]?.sum == LossSum(count: 3, bytes: 70, times: 10...20))
    #expect(reports[0]?.kind == .prediction && reports[0]?.reason == "queue_full")
  }

  @Test("a row that breaks a rule is no report, and spoils no other", arguments: LossRulesTests.wrong.map(\.0))
  func wrongRows(row: LossRow) {
    let reports = read([LossRow(count: 1), row, LossRow(count: 2)])
    #expect(reports.map { $0?.sum.count } == [1, nil, 2])
  }

  @Test(
    "without a column, or with one of another type or length, no row is a report",
    arguments: ["reason", "lost_kind", "count"])
  func wrongColumns(name: String) {
    let block = lossBlock([LossRow(), LossRow()])
    let others = block.columns.filter { $0.name != name }
    let bad: [[Column]] = [
      [], [Column(ColumnSchema(name, role: .system, type: .float64), .float64([1, 1]))],
      [Column(ColumnSchema(name, role: .tag, type: .string), .strings(ByteStrings(["a", "b"])))],
      [Column(ColumnSchema(name, role: .system, type: .int64), .int64([1]))],
    ]
    for columns in bad {
      let reports = LossReports(Block(stream: block.stream, rowCount: 2, columns: others + columns))
      #expect(reports[0] == nil && reports[1] == nil)
    }
  }

  @Test("a block without a time has reports where the events' times are known")
  func noTime() {
    var block = lossBlock([LossRow(first: 3, last: 4), LossRow()])
    block.columns.removeAll { $0.schema.role == .time }
    let reports = LossReports(block)
    #expect(reports[0]?.sum.times == 3...4)
    #expect(reports[1] == nil)
  }

  @Test(
    "sums do not depend on the order of reports, whatever the number of reasons", arguments: [1, 63, 64, 65, 66, 300])
  func anyOrder(reasonCount: Int) {
    var random = SeededGenerator(seed: UInt64(reasonCount))
    let reasons = (0..<reasonCount).map { "r\($0)" }
    let reports = (0..<1_000).map { number in
      (
        reason: reasons[number % reasonCount],
        sum: LossSum(count: UInt64(number + 1), bytes: 1, times: Int64(number)...Int64(number + 5))
      )
    }
    func sums(_ reports: some Sequence<(reason: String, sum: LossSum)>) -> LossSums {
      var sums = LossSums()
      for report in reports { sums.add(report.sum, reason: report.reason) }
      return sums
    }
    let expected = sums(reports)
    #expect(expected.count == 500_500)
    for _ in 0..<5 { #expect(sums(reports.shuffled(using: &random)) == expected) }
    let kept = expected.byReason.map(\.reason).filter { $0 != LossSums.other }
    #expect(kept == Array(reasons.sorted().prefix(Limits.lossReasonsMax)))
    #expect((expected[LossSums.other] != nil) == (reasonCount > Limits.lossReasonsMax))
    #expect(expected.byReason.reduce(0) { $0 + $1.sum.count } == 500_500)
  }

  @Test("a reason that is called other is one of the others, in any order")
  func namedOther() {
    let reports = [("other", UInt64(1))] + (0..<70).map { ("r\(10 + $0)", UInt64(1)) }
    for order in [reports, reports.reversed()] {
      var sums = LossSums()
      for (reason, count) in order { sums.add(LossSum(count: count, times: 0...0), reason: reason) }
      #expect(sums["other"]?.count == 7 && sums.count == 71)
    }
  }

  @Test("sums that would not fit stay at the largest number")
  func clamped() {
    var sums = LossSums()
    for reason in ["a", "a", "b"] {
      sums.add(LossSum(count: .max - 1, bytes: .max, times: .min...(.max)), reason: reason)
    }
    #expect(sums["a"]?.count == .max && sums["a"]?.bytes == .max && sums.count == .max)
  }

  @Test("a tally keeps versions, kinds and reasons apart, counts what it cannot read, and takes each position once")
  func tally() {
    let block = lossBlock([
      LossRow(count: 2), LossRow(count: 3), LossRow(kind: "actual", count: 5), LossRow(count: 0),
      LossRow(reason: "shutdown", count: 7),
    ])
    var archived = block
    archived.columns.append(Column(.rowPosition, .int64([1, 2, 3, 4, 5])))
    var tally = LossTally()
    tally.add(block, from: StoredBlock(position: 1, lastPosition: 1, bytes: [], payloadHash: 0))
    tally.add(
      lossBlock([LossRow(count: 9)], version: "2"),
      from: StoredBlock(position: 2, lastPosition: 2, bytes: [], payloadHash: 0))
    #expect(tally.parts.map(\.version) == ["1", "2"])
    #expect(tally.parts[0].unreadable == 1 && tally.parts[1].unreadable == 0)
    #expect(tally.parts[0].byKind[.prediction]?.byReason.map(\.sum.count) == [5, 7])
    #expect(tally.parts[0].byKind[.actual]?.count == 5)
    let before = tally
    tally.add(archived, from: StoredBlock(position: 1, lastPosition: 5, bytes: [], payloadHash: 0), after: 5)
    #expect(tally == before)
    tally.add(archived, from: StoredBlock(position: 1, lastPosition: 5, bytes: [], payloadHash: 0), after: 3)
    #expect(tally.parts[0].byKind[.prediction]?.byReason.map(\.sum.count) == [5, 14])
    #expect(tally.parts[0].unreadable == 2)
  }
}
