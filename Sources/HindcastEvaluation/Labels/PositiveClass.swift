/// Which label counts as positive; every other one is negative.
struct PositiveClass {
  /// Canonical; nil if nothing is labelled and nothing was asked for.
  var text: String?
  /// nil if no row has this label.
  var number: UInt16?
  /// The labels that evaluated rows have, sorted.
  var labels: [String]

  /// `used` tells by label number which labels evaluated rows have.
  init(option: String?, used: [Bool], labels dictionary: LabelDictionary) throws(EvaluationError) {
    labels = used.indices.filter { $0 != LabelDictionary.none && used[$0] }.map { dictionary.texts[$0] }.sorted()
    let text = if let option { try Self.chosen(option, labels) } else { try Self.usual(labels) }
    self.text = text
    number = dictionary.texts.indices.dropFirst().first { dictionary.texts[$0] == text }.map { UInt16($0) }
  }

  private static func chosen(_ option: String, _ labels: [String]) throws(EvaluationError) -> String {
    guard let text = LabelText.canonical(option) else {
      throw EvaluationError(.invalidOption, "the positive class is empty: name one of the labels with --positive")
    }
    // With one label seen, or none, the positive class may just not have come up.
    guard labels.contains(text) || labels.count < 2 else {
      throw EvaluationError(
        .invalidOption,
        "the positive class '\(option)' is not among the labels, which are \(list(labels)): "
          + "name one of them with --positive")
    }
    return text
  }

  private static func usual(_ labels: [String]) throws(EvaluationError) -> String? {
    if labels.isEmpty { return nil }
    let isUsual = labels.allSatisfy { ["0", "1"].contains($0) } || labels == ["-1", "1"]
    guard isUsual else {
      throw EvaluationError(
        .invalidOption,
        labels.count == 1
          ? "the only label is \(list(labels)): say with --positive which label is the positive class"
          : "the labels are \(list(labels)): say with --positive which of them is the positive class")
    }
    return "1"
  }

  static func list(_ labels: [String]) -> String {
    let listed = labels.prefix(EvaluationLimits.listedLabelsMax).map { "'\($0)'" }.joined(separator: ", ")
    let more = labels.count - EvaluationLimits.listedLabelsMax
    return more > 0 ? "\(listed) and \(more) more" : listed
  }
}
