/// Labelled scores, grouped by equal score, in ascending order. All that the metrics of scores are made from.
///
/// It depends on which scores there are and not on the order in which they came, and so do the metrics.
struct ScoreGroups {
  struct Group {
    var score: Double
    var positives: Int
    var negatives: Int
  }

  private(set) var groups: [Group] = []
  private(set) var positives = 0
  private(set) var negatives = 0

  /// Scores of the positive and of the negative class, none of them NaN or minus zero.
  init(positives positiveScores: consuming [Double], negatives negativeScores: consuming [Double]) {
    var ofPositives = positiveScores
    var ofNegatives = negativeScores
    ofPositives.sort()
    ofNegatives.sort()
    positives = ofPositives.count
    negatives = ofNegatives.count
    var nextPositive = 0
    var nextNegative = 0
    while nextPositive < positives || nextNegative < negatives {
      let score =
        if nextPositive == positives { ofNegatives[nextNegative] } else if nextNegative == negatives {
          ofPositives[nextPositive]
        } else { min(ofPositives[nextPositive], ofNegatives[nextNegative]) }
      var group = Group(score: score, positives: 0, negatives: 0)
      while nextPositive < positives, ofPositives[nextPositive] == score {
        group.positives += 1
        nextPositive += 1
      }
      while nextNegative < negatives, ofNegatives[nextNegative] == score {
        group.negatives += 1
        nextNegative += 1
      }
      groups.append(group)
    }
  }

  var count: Int { positives + negatives }

  /// Whether every score can be a probability.
  var areProbabilities: Bool {
    guard let first = groups.first, let last = groups.last else { return true }
    return first.score >= 0 && last.score <= 1
  }
}
