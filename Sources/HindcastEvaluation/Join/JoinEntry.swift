/// What is known of one id: its prediction, its winning actual, or both. 72 bytes.
struct JoinEntry {
  var id: IDHash
  var predictionTime: Int64 = 0
  /// 0: no prediction of this id has come (positions start at 1).
  var predictionPosition: UInt64 = 0
  /// NaN: none.
  var score: Double = .nan
  var actualRevision: Int64 = 0
  var actualTime: Int64 = 0
  /// 0: no actual has come.
  var actualPosition: UInt64 = 0
  /// Counts prediction rows as they came, which puts rows of equal time and position in order: a reader yields the rows
  /// of one frame in their order, and compaction keeps it among rows of equal time.
  var predictionOrdinal: UInt32 = 0
  var predictedLabel: UInt16 = LabelDictionary.none
  /// `retracted` stands in the place of a retracted actual's label.
  private var actualLabelOrRetracted: UInt16 = LabelDictionary.none

  init(id: IDHash) { self.id = id }

  var hasPrediction: Bool { predictionPosition != 0 }
  var hasActual: Bool { actualPosition != 0 }

  private static let retracted = UInt16.max
  var isRetracted: Bool { actualLabelOrRetracted == Self.retracted }
  /// `none` without an actual, for a retracted one and for one without a value.
  var actualLabel: UInt16 { isRetracted ? LabelDictionary.none : actualLabelOrRetracted }
}

/// A row of predictions as the join sees it.
struct JoinPrediction {
  var time: Int64
  var position: UInt64
  var label: UInt16
  var score: Double

  /// What the join can tell two predictions of one id apart by.
  var content: PredictionContent { PredictionContent(time: time, label: label, scoreBits: score.bitPattern) }
}

struct PredictionContent: Hashable {
  var time: Int64
  var label: UInt16
  var scoreBits: UInt64
}

struct JoinActual {
  var revision: Int64
  var time: Int64
  var position: UInt64
  var label: UInt16
  var isRetracted: Bool
}

extension JoinEntry {
  var predictionContent: PredictionContent {
    PredictionContent(time: predictionTime, label: predictedLabel, scoreBits: score.bitPattern)
  }

  /// The prediction of an id is the one with the lowest position; within a frame the earliest, then the first. (The
  /// order of rows alone would not do: compaction sorts the rows of a frame by time.)
  mutating func take(_ prediction: JoinPrediction, ordinal: UInt32) {
    guard
      !hasPrediction
        || (prediction.position, prediction.time) < (predictionPosition, predictionTime)
    else { return }
    predictionTime = prediction.time
    predictionPosition = prediction.position
    predictedLabel = prediction.label
    score = prediction.score
    predictionOrdinal = ordinal
  }

  /// The rule for truth: the highest (revision, time, position) wins, within a frame the last row.
  mutating func take(_ actual: JoinActual) {
    guard
      !hasActual
        || (actual.revision, actual.time, actual.position) >= (actualRevision, actualTime, actualPosition)
    else { return }
    actualRevision = actual.revision
    actualTime = actual.time
    actualPosition = actual.position
    actualLabelOrRetracted = actual.isRetracted ? Self.retracted : actual.label
  }
}
