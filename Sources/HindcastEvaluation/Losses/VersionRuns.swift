/// Which version each prediction was made by, in a few bytes for each change of version: the join counts predictions as
/// they come, and predictions of one version come in runs.
struct VersionRuns {
  private struct Run {
    /// Of its first prediction.
    var ordinal: UInt32
    var version: UInt32
  }

  private var runs: [Run] = []
  private var numbers: [String: UInt32] = [:]
  /// By number.
  private(set) var versions: [String] = []

  /// Predictions whose ordinals are higher than `ordinal` are of this version.
  mutating func begin(_ version: String, behind ordinal: UInt32) throws(EvaluationError) {
    let number = try number(of: version)
    if let last = runs.last, last.version == number { return }
    // A block of which no row counted has no predictions.
    if let last = runs.last, last.ordinal == ordinal { runs.removeLast() }
    runs.append(Run(ordinal: ordinal, version: number))
  }

  private mutating func number(of version: String) throws(EvaluationError) -> UInt32 {
    if let number = numbers[version] { return number }
    guard versions.count < EvaluationLimits.versionsMax else {
      throw EvaluationError(
        .overLimit,
        "the model has more than \(EvaluationLimits.versionsMax) versions: choose one, or a narrower range of event time"
      )
    }
    let number = UInt32(versions.count)
    numbers[version] = number
    versions.append(version)
    return number
  }

  /// The number of the version that made the prediction with an ordinal; there must be one.
  func number(at ordinal: UInt32) -> Int { Int(runs[runs.partitioningIndex { $0.ordinal >= ordinal } - 1].version) }
}
