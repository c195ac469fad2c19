/// The bounds of one evaluation.
package enum EvaluationLimits {
  /// What the join table may take unless told otherwise, the working memory of the end included.
  package static let joinBytesMax = 4 << 30
  /// Distinct labels of a model. More are values, not classes. Under 65,535, so that 16 bits number them.
  package static let labelsMax = 4_096
  /// Labels that a message or a report lists by name.
  package static let listedLabelsMax = 10
  package static let windowsMax = 100_000
  package static let versionsMax = 65_536
  /// What the reports of lost predictions may take, until windows are cut.
  package static let lossBytesMax = 1 << 30
}
