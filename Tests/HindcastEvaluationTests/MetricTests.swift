import Foundation
import Testing

@testable import HindcastEvaluation

@Suite("metrics by hand")
struct MetricTests {
  @Test("confusion metrics are the ratios of their counts")
  func confusion() {
    var confusion = Confusion()
    for _ in 0..<6 { confusion.count(isPredictedPositive: true, isPositive: true) }
    for _ in 0..<2 { confusion.count(isPredictedPositive: true, isPositive: false) }
    for _ in 0..<9 { confusion.count(isPredictedPositive: false, isPositive: false) }
    for _ in 0..<3 { confusion.count(isPredictedPositive: false, isPositive: true) }
    #expect(confusion.accuracy == 15.0 / 20)
    #expect(confusion.precision == 6.0 / 8)
    #expect(confusion.recall == 6.0 / 9)
    #expect(confusion.specificity == 9.0 / 11)
    #expect(confusion.f1 == 12.0 / 17)
  }

  @Test("confusion metrics with a zero denominator have no value")
  func zeroDenominators() {
    let empty = Confusion()
    #expect(empty.accuracy == nil && empty.precision == nil && empty.recall == nil)
    #expect(empty.specificity == nil && empty.f1 == nil)
    var onlyMisses = Confusion()
    onlyMisses.count(isPredictedPositive: false, isPositive: true)
    #expect(onlyMisses.precision == nil)
    #expect(onlyMisses.recall == 0)
    #expect(onlyMisses.f1 == 0)
  }

  @Test("a perfect order has an area of 1, a reversed one of 0, equal scores of one half")
  func areaExtremes() {
    #expect(ScoreGroups(positives: [0.8, 0.9], negatives: [0.1, 0.2, 0.3]).rocAUC == 1)
    #expect(ScoreGroups(positives: [0.1], negatives: [0.2, 0.3]).rocAUC == 0)
    #expect(ScoreGroups(positives: [0.4, 0.4], negatives: [0.4, 0.4, 0.4]).rocAUC == 0.5)
  }

  @Test("a tie of a positive and a negative counts as half a pair")
  func areaOfTies() {
    // Pairs: (0.5, 0.5) half, (0.5, 0.2) one, (0.7, 0.5) one, (0.7, 0.2) one.
    #expect(ScoreGroups(positives: [0.5, 0.7], negatives: [0.2, 0.5]).rocAUC == 3.5 / 4)
  }

  @Test("average precision treats equal scores as one threshold")
  func averagePrecisionOfTies() throws {
    // Thresholds: 0.9 gives precision 1 at recall 1/3; 0.5 takes two positives and one negative: 3/4 for the other 2/3.
    let groups = ScoreGroups(positives: [0.9, 0.5, 0.5], negatives: [0.5, 0.1])
    let value = try #require(groups.averagePrecision)
    #expect(abs(value - (1.0 / 3 + 2.0 / 3 * 3.0 / 4)) < 1e-15)
  }

  @Test("log loss clips probabilities at 2^-52 from 0 and 1")
  func clipping() throws {
    let certainAndWrong = try #require(ScoreGroups(positives: [0], negatives: []).logLoss)
    #expect(abs(certainAndWrong - 36.04365338911715) < 1e-14)
    let certainAndRight = try #require(ScoreGroups(positives: [1], negatives: [0]).logLoss)
    #expect(certainAndRight == -log(1 - 0x1p-52))
  }

  @Test("Brier is the mean squared difference")
  func brier() throws {
    let value = try #require(ScoreGroups(positives: [0.75, 1], negatives: [0.5]).brier)
    #expect(value == (0.0625 + 0 + 0.25) / 3)
  }

  @Test("scores outside 0 to 1 rank but are no probabilities")
  func notProbabilities() {
    let groups = ScoreGroups(positives: [3, .infinity], negatives: [-2.5])
    #expect(groups.rocAUC == 1)
    #expect(groups.averagePrecision == 1)
    #expect(groups.logLoss == nil)
    #expect(groups.brier == nil)
  }

  @Test("without one of the classes there is no area, without positives no average precision")
  func oneClass() {
    let onlyNegatives = ScoreGroups(positives: [], negatives: [0.25])
    #expect(onlyNegatives.rocAUC == nil && onlyNegatives.averagePrecision == nil)
    #expect(onlyNegatives.brier == 0.0625)
    let onlyPositives = ScoreGroups(positives: [0.25], negatives: [])
    #expect(onlyPositives.rocAUC == nil)
    #expect(onlyPositives.averagePrecision == 1)
    let nothing = ScoreGroups(positives: [], negatives: [])
    #expect(nothing.logLoss == nil && nothing.brier == nil)
  }

  @Test("the logarithm is within 2 units in the last place of the C library's")
  func logarithm() {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<200_000 {
      let x = Double.random(in: 0x1p-52...1, using: &random)
      let expected = log(x)
      #expect(abs(NaturalLogarithm.of(x) - expected) <= 2 * expected.ulp)
    }
    for exponent in -1_000...1_000 {
      let x = Double(sign: .plus, exponent: exponent, significand: Double.random(in: 1..<2, using: &random))
      let expected = log(x)
      #expect(abs(NaturalLogarithm.of(x) - expected) <= 2 * expected.ulp)
    }
    #expect(NaturalLogarithm.of(1) == 0)
    #expect(NaturalLogarithm.of(1 - 0x1p-53) == log(1 - 0x1p-53))
  }

  @Test("a compensated sum keeps what plain addition loses")
  func compensation() {
    var sum = CompensatedSum()
    for value in [1, 1e100, 1, -1e100] { sum.add(value) }
    #expect(sum.value == 2)
  }
}
