/// The metrics of scores. Each is nil where it has no value.
extension ScoreGroups {
  /// The share of (positive, negative) pairs that the scores put in order, where a tie counts half. Counted in whole
  /// half pairs; rows are under 2^32, so twice the pairs fit 64 bits.
  var rocAUC: Double? {
    guard positives > 0, negatives > 0 else { return nil }
    var halfPairs: UInt64 = 0
    var negativesBelow: UInt64 = 0
    for group in groups {
      halfPairs += UInt64(group.positives) * (2 * negativesBelow + UInt64(group.negatives))
      negativesBelow += UInt64(group.negatives)
    }
    return Double(halfPairs) / Double(2 * UInt64(positives) * UInt64(negatives))
  }

  /// The sum over thresholds, from the highest, of the precision there times the recall gained there: scikit-learn's
  /// `average_precision_score`. Equal scores are one threshold.
  var averagePrecision: Double? {
    guard positives > 0 else { return nil }
    var sum = CompensatedSum()
    var truePositives = 0
    var predictedPositives = 0
    for group in groups.reversed() {
      truePositives += group.positives
      predictedPositives += group.positives + group.negatives
      if group.positives > 0 {
        sum.add(Double(group.positives) * (Double(truePositives) / Double(predictedPositives)))
      }
    }
    return sum.value / Double(positives)
  }

  /// The mean of -ln of the probability that was given to what came true, as scikit-learn's `log_loss`: probabilities
  /// of both classes are clipped to [e, 1 - e], e being 2^-52.
  var logLoss: Double? {
    guard count > 0, areProbabilities else { return nil }
    var sum = CompensatedSum()
    for group in groups {
      if group.positives > 0 { sum.add(Double(group.positives) * Self.loss(ofProbability: group.score)) }
      if group.negatives > 0 { sum.add(Double(group.negatives) * Self.loss(ofProbability: 1 - group.score)) }
    }
    return sum.value / Double(count)
  }

  /// The mean squared difference of score and truth.
  var brier: Double? {
    guard count > 0, areProbabilities else { return nil }
    var sum = CompensatedSum()
    for group in groups {
      let missing = 1 - group.score
      if group.positives > 0 { sum.add(Double(group.positives) * (missing * missing)) }
      if group.negatives > 0 { sum.add(Double(group.negatives) * (group.score * group.score)) }
    }
    return sum.value / Double(count)
  }

  private static func loss(ofProbability probability: Double) -> Double {
    let epsilon = Double.ulpOfOne
    return -NaturalLogarithm.of(min(max(probability, epsilon), 1 - epsilon))
  }
}
