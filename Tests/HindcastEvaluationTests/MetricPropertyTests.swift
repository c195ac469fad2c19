import Foundation
import Testing

@testable import HindcastEvaluation

/// Each metric computed anew in the plainest way there is.
enum SlowMetrics {
  static func rocAUC(_ rows: [(score: Double, isPositive: Bool)]) -> Double? {
    var pairs = 0.0
    var inOrder = 0.0
    for positive in rows where positive.isPositive {
      for negative in rows where !negative.isPositive {
        pairs += 1
        if positive.score > negative.score { inOrder += 1 } else if positive.score == negative.score { inOrder += 0.5 }
      }
    }
    return pairs == 0 ? nil : inOrder / pairs
  }

  static func averagePrecision(_ rows: [(score: Double, isPositive: Bool)]) -> Double? {
    let positives = rows.filter { $0.isPositive }.count
    if positives == 0 { return nil }
    var recallBefore = 0.0
    var sum = 0.0
    for threshold in Set(rows.map { $0.score }).sorted(by: >) {
      let chosen = rows.filter { $0.score >= threshold }
      let found = chosen.filter { $0.isPositive }.count
      let recall = Double(found) / Double(positives)
      sum += (recall - recallBefore) * Double(found) / Double(chosen.count)
      recallBefore = recall
    }
    return sum
  }

  static func logLoss(_ rows: [(score: Double, isPositive: Bool)]) -> Double {
    let losses = rows.map { row in
      -log(min(max(row.isPositive ? row.score : 1 - row.score, 2.220446049250313e-16), 1 - 2.220446049250313e-16))
    }
    return losses.reduce(0, +) / Double(rows.count)
  }

  static func brier(_ rows: [(score: Double, isPositive: Bool)]) -> Double {
    rows.map { ($0.score - ($0.isPositive ? 1 : 0)) * ($0.score - ($0.isPositive ? 1 : 0)) }.reduce(0, +)
      / Double(rows.count)
  }
}

@Suite("metrics against plain definitions")
struct MetricPropertyTests {
  @Test("random scores with many ties give what the definitions give", arguments: 1...200)
  func definitions(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let levels = Int.random(in: 1...20, using: &random)
    let share = Double.random(in: 0...1, using: &random)
    let rows = (0..<Int.random(in: 1...60, using: &random)).map { _ in
      (
        score: Double(Int.random(in: 0...levels, using: &random)) / Double(levels),
        isPositive: Double.random(in: 0..<1, using: &random) < share
      )
    }
    let groups = ScoreGroups(
      positives: rows.filter { $0.isPositive }.map { $0.score },
      negatives: rows.filter { !$0.isPositive }.map { $0.score })
    expectClose(groups.rocAUC, SlowMetrics.rocAUC(rows), seed)
    expectClose(groups.averagePrecision, SlowMetrics.averagePrecision(rows), seed)
    expectClose(groups.logLoss, SlowMetrics.logLoss(rows), seed)
    expectClose(groups.brier, SlowMetrics.brier(rows), seed)
  }

  private func expectClose(_ value: Double?, _ expected: Double?, _ seed: UInt64) {
    guard let value, let expected else {
      #expect(value == expected, "seed \(seed)")
      return
    }
    #expect(abs(value - expected) <= 1e-12 * max(1, expected), "seed \(seed)")
  }
}
