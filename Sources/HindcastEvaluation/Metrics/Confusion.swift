/// Labelled predictions by what was predicted and what was true.
package struct Confusion: Sendable, Equatable {
  package var truePositives = 0
  package var falsePositives = 0
  package var trueNegatives = 0
  package var falseNegatives = 0

  package init() {}

  mutating func count(isPredictedPositive: Bool, isPositive: Bool) {
    switch (isPredictedPositive, isPositive) {
    case (true, true): truePositives += 1
    case (true, false): falsePositives += 1
    case (false, false): trueNegatives += 1
    case (false, true): falseNegatives += 1
    }
  }

  package var total: Int { truePositives + falsePositives + trueNegatives + falseNegatives }

  /// Each is nil where its denominator is zero.
  package var accuracy: Double? { Self.ratio(truePositives + trueNegatives, total) }
  package var precision: Double? { Self.ratio(truePositives, truePositives + falsePositives) }
  package var recall: Double? { Self.ratio(truePositives, truePositives + falseNegatives) }
  package var specificity: Double? { Self.ratio(trueNegatives, trueNegatives + falsePositives) }
  package var f1: Double? {
    Self.ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives)
  }

  private static func ratio(_ part: Int, _ whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }
}
