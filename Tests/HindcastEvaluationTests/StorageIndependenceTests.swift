import HindcastEvaluation
import HindcastFormat
import HindcastReplay
import Testing

/// A small log with everything the rules speak of: equal times, equal scores, repeats, revisions, retractions, ids
/// without the other side.
struct RandomLog {
  var predictions: [(row: Prediction, position: UInt64)] = []
  var actuals: [(row: Actual, position: UInt64)] = []
  var losses: [(row: Loss, position: UInt64)] = []

  init(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var position: UInt64 = 0
    for _ in 0..<Int.random(in: 4...12, using: &random) {
      position += 1
      let rows = Int.random(in: 1...12, using: &random)
      if Int.random(in: 0..<4, using: &random) == 0 {
        for _ in 0..<rows { losses.append((Self.loss(&random), position)) }
      } else if Bool.random(using: &random) {
        for _ in 0..<rows { predictions.append((Self.prediction(&random), position)) }
      } else {
        for _ in 0..<rows { actuals.append((Self.actual(&random), position)) }
      }
    }
  }

  private static func prediction(_ random: inout SeededGenerator) -> Prediction {
    Prediction(
      "id\(Int.random(in: 0..<40, using: &random))", time: Int64.random(in: -3...3, using: &random) * 7,
      label: [0, 1, 1, nil].randomElement(using: &random)!,
      score: [0, 0.3, 0.3, 0.5, 0.71, 1, nil].randomElement(using: &random)!)
  }

  private static func actual(_ random: inout SeededGenerator) -> Actual {
    Actual(
      "id\(Int.random(in: 0..<40, using: &random))", time: Int64.random(in: 0...2, using: &random),
      label: [0, 1].randomElement(using: &random)!, revision: [nil, 0, 1].randomElement(using: &random)!,
      isRetracted: [nil, nil, false, true].randomElement(using: &random)!)
  }

  private static func loss(_ random: inout SeededGenerator) -> Loss {
    let first = [nil, Int64.random(in: -60...60, using: &random)].randomElement(using: &random)!
    return Loss(
      count: Int64.random(in: -1...9, using: &random),
      reason: ["queue_full", "sampled_out", "shutdown", ""].randomElement(using: &random)!,
      kind: ["prediction", "prediction", "actual"].randomElement(using: &random)!,
      time: Int64.random(in: 0...3, using: &random) * 50, first: first, last: first.map { $0 + 40 })
  }

  /// A block a position, as the journal holds them.
  var journal: [ReplayRows] {
    let blocks =
      Set(predictions.map { $0.position }).map { position in
        (
          position,
          TestRows.predictions(
            predictions.filter { $0.position == position }.map { $0.row }, positions: .same(position))
        )
      }
      + Set(actuals.map { $0.position }).map { position in
        (
          position,
          TestRows.actuals(actuals.filter { $0.position == position }.map { $0.row }, positions: .same(position))
        )
      }
      + Set(losses.map { $0.position }).map { position in
        (
          position,
          TestRows.losses(losses.filter { $0.position == position }.map { $0.row }, positions: .same(position))
        )
      }
    return blocks.sorted { $0.0 < $1.0 }.map { $0.1 }
  }

  /// Rows sorted by (time, position, row), equal predictions dropped, in blocks of `blockRows` with a position a row.
  func archive(blockRows: Int) -> [ReplayRows] {
    var kept: [(row: Prediction, position: UInt64)] = []
    for prediction in Self.sorted(predictions, by: { ($0.row.time, $0.position) })
    where !kept.contains(where: { $0.row == prediction.row }) {
      kept.append(prediction)
    }
    let sortedActuals = Self.sorted(actuals, by: { ($0.row.time, $0.position) })
    return Self.chunks(kept, blockRows).map { rows in
      TestRows.predictions(rows.map { $0.row }, positions: .each(rows.map { Int64($0.position) }))
    }
      + Self.chunks(sortedActuals, blockRows).map { rows in
        TestRows.actuals(rows.map { $0.row }, positions: .each(rows.map { Int64($0.position) }))
      }
      + Self.chunks(Self.sorted(losses, by: { ($0.row.time, $0.position) }), blockRows).map { rows in
        TestRows.losses(rows.map { $0.row }, positions: .each(rows.map { Int64($0.position) }))
      }
  }

  private static func sorted<Row>(_ rows: [Row], by key: (Row) -> (Int64, UInt64)) -> [Row] {
    rows.enumerated().sorted { first, second in
      let (firstKey, secondKey) = (key(first.element), key(second.element))
      return (firstKey.0, firstKey.1, first.offset) < (secondKey.0, secondKey.1, second.offset)
    }.map { $0.element }
  }

  private static func chunks<Row>(_ rows: [Row], _ count: Int) -> [[Row]] {
    stride(from: 0, to: rows.count, by: count).map { Array(rows[$0..<min(rows.count, $0 + count)]) }
  }
}

/// What the rules say, read off the log row by row.
enum PlainJoin {
  struct Row: Equatable {
    var label: Int64?
    var score: Double?
    var truth: Int64?
  }

  static func windows(_ log: RandomLog, rows windowRows: Int) -> [[Row]] {
    var first: [String: (order: Int, Prediction, UInt64)] = [:]
    for (order, prediction) in log.predictions.enumerated() {
      if let known = first[prediction.row.id],
        (known.2, known.1.time, known.order) <= (prediction.position, prediction.row.time, order)
      {
        continue
      }
      first[prediction.row.id] = (order, prediction.row, prediction.position)
    }
    let ordered = first.values.sorted { ($0.1.time, $0.2, $0.order) < ($1.1.time, $1.2, $1.order) }
    let rows = ordered.map { _, prediction, _ in
      let candidates = log.actuals.enumerated().filter { $0.element.row.id == prediction.id }
      let winner = candidates.max { first, second in
        (first.element.row.revision ?? 0, first.element.row.time, first.element.position, first.offset)
          < (second.element.row.revision ?? 0, second.element.row.time, second.element.position, second.offset)
      }
      let isRetracted = winner?.element.row.isRetracted == true
      return Row(label: prediction.label, score: prediction.score, truth: isRetracted ? nil : winner?.element.row.label)
    }
    return stride(from: 0, to: rows.count, by: windowRows).map { Array(rows[$0..<min(rows.count, $0 + windowRows)]) }
  }
}

@Suite("the same log gives the same report")
struct StorageIndependenceTests {
  @Test("neither the order of blocks nor compaction nor block size changes a digit", arguments: 1...150)
  func sameReport(seed: UInt64) throws {
    let log = RandomLog(seed: seed)
    for every in [WindowLength.rows(5), .microseconds(10)] {
      let expected = try evaluate(log.journal, every: every).json
      var random = SeededGenerator(seed: seed &+ 1_000)
      #expect(try evaluate(log.journal.shuffled(using: &random), every: every).json == expected, "seed \(seed)")
      for blockRows in [1, 3, 1_000] {
        let archive = log.archive(blockRows: blockRows)
        #expect(try evaluate(archive, every: every).json == expected, "seed \(seed), blocks of \(blockRows) rows")
      }
    }
  }

  @Test("each report of lost predictions is in one window, and the windows add up to the total", arguments: 1...150)
  func losses(seed: UInt64) throws {
    let log = RandomLog(seed: seed)
    let good = log.losses.map(\.row).filter { $0.count > 0 && !$0.reason.isEmpty }
    let lost = good.filter { $0.kind == "prediction" }
    for every in [WindowLength.rows(5), .microseconds(10)] {
      let report = try evaluate(log.journal, every: every)
      #expect(report.total.lost.count == UInt64(lost.reduce(0) { $0 + $1.count }), "seed \(seed)")
      #expect(report.total.served == report.total.rows + lost.reduce(0) { $0 + Int($1.count) }, "seed \(seed)")
      #expect(report.lostActuals.count == UInt64(good.reduce(0) { $0 + ($1.kind == "actual" ? $1.count : 0) }))
      #expect(report.unreadableReports == log.losses.count - good.count, "seed \(seed)")
      #expect(report.versions.reduce(0) { $0 + $1.rows } == report.total.rows)
      #expect(report.versions.reduce(0) { $0 + $1.served } == report.total.served)
      if report.windows.isEmpty { continue }
      for reason in Set(lost.map(\.reason)) {
        let count = report.windows.reduce(0) { $0 + ($1.lost[reason]?.count ?? 0) }
        #expect(count == report.total.lost[reason]?.count, "seed \(seed), \(reason)")
      }
      guard case .microseconds = every else { continue }
      for window in report.windows {
        let expected = lost.filter { (window.start..<window.end).contains($0.first ?? $0.time) }
        #expect(window.lost.count == UInt64(expected.reduce(0) { $0 + $1.count }), "seed \(seed)")
        #expect(window.rows > 0 || !expected.isEmpty, "seed \(seed): an empty window")
      }
    }
  }

  @Test("windows hold the rows that the rules give, joined with their truth", arguments: 1...150)
  func plainRules(seed: UInt64) throws {
    let log = RandomLog(seed: seed)
    let report = try evaluate(log.journal, every: .rows(5))
    let expected = PlainJoin.windows(log, rows: 5)
    #expect(report.windows.map { $0.rows } == expected.map { $0.count }, "seed \(seed)")
    for (window, rows) in zip(report.windows, expected) {
      let labelled = rows.filter { $0.truth != nil }
      #expect(window.labelled == labelled.count, "seed \(seed)")
      #expect(window.scored == labelled.filter { $0.score != nil }.count, "seed \(seed)")
      var counts: [[Int]] = [[0, 0], [0, 0]]
      for row in labelled {
        guard let predicted = row.label ?? row.score.map({ $0 >= 0.5 ? 1 : 0 }) else { continue }
        counts[Int(predicted)][Int(row.truth!)] += 1
      }
      #expect(window.confusion.truePositives == counts[1][1], "seed \(seed)")
      #expect(window.confusion.falsePositives == counts[1][0], "seed \(seed)")
      #expect(window.confusion.trueNegatives == counts[0][0], "seed \(seed)")
      #expect(window.confusion.falseNegatives == counts[0][1], "seed \(seed)")
    }
  }
}
