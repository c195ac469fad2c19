/// A metric by the name that JSON and tables give it.
package enum Metric: String, Sendable, CaseIterable {
  case rocAUC = "roc_auc"
  case f1
  case precision
  case recall
  case specificity
  case accuracy
  case averagePrecision = "average_precision"
  case logLoss = "log_loss"
  case brier

  /// For the head of a table's column.
  package var title: String {
    switch self {
    case .rocAUC: "ROC AUC"
    case .f1: "F1"
    case .precision: "precision"
    case .recall: "recall"
    case .specificity: "specif."
    case .accuracy: "accuracy"
    case .averagePrecision: "avg.prec."
    case .logLoss: "log loss"
    case .brier: "Brier"
    }
  }
}
