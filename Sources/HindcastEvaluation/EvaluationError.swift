/// Why an evaluation cannot be made. The message names the thing and says what to do.
package struct EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An open set of classes; a reader that does not know a code still has the message.
  package struct Code: RawRepresentable, Sendable, Hashable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// An option contradicts the log, or itself: window length, positive class.
    package static let invalidOption = Code(rawValue: "invalid_option")
    /// A column has a type that the metrics can make nothing of.
    package static let unusableColumn = Code(rawValue: "unusable_column")
    /// Over one of the `EvaluationLimits`.
    package static let overLimit = Code(rawValue: "over_limit")
    /// A block breaks the rules of `block.proto`; decoding should have refused it.
    package static let invalidBlock = Code(rawValue: "invalid_block")
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
