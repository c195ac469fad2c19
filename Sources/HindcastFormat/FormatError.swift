/// What is wrong with bytes or values that should have been a block, a column or a frame.
///
/// The message names the thing (the column, the step, the offset) and, where a user can act, says what to do.
package struct FormatError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An open set of classes; a reader that does not know a code still has the message.
  package struct Code: RawRepresentable, Sendable, Hashable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// The bytes end before what they declare does.
    package static let truncated = Code(rawValue: "truncated")
    /// The bytes contradict a checksum or themselves.
    package static let corrupt = Code(rawValue: "corrupt")
    /// Well-formed, but against the rules of `block.proto`: names, roles, row counts.
    package static let invalid = Code(rawValue: "invalid")
    /// Over one of the `Limits`.
    package static let overLimit = Code(rawValue: "over_limit")
    /// What a reader asked for does not fit the values.
    package static let badCondition = Code(rawValue: "bad_condition")
    /// Written by a newer writer than this reader: a step, type or version it does not know.
    package static let unsupported = Code(rawValue: "unsupported")
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
