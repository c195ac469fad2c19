/// Why a replay cannot go on. The message names the file or table and says what to do.
package struct ReplayError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An open set of classes.
  package struct Code: RawRepresentable, Sendable, Hashable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// The sink's address cannot be read.
    package static let badAddress = Code(rawValue: "bad_address")
    /// What stands at the sink's address was not made by a replay of this selection; nothing was touched.
    package static let notOurs = Code(rawValue: "not_ours")
    /// Another replay fills the same sink at this moment.
    package static let busy = Code(rawValue: "busy")
    /// The sink's own bookkeeping contradicts itself.
    package static let damagedSink = Code(rawValue: "damaged_sink")
    /// The source handed out something that cannot be: a row whose position lies outside its block's.
    package static let damagedSource = Code(rawValue: "damaged_source")
    /// The sink is written by software that knows more than we do.
    package static let unsupported = Code(rawValue: "unsupported")
    /// Whoever read standard output has gone, as `head` does.
    package static let readerGone = Code(rawValue: "reader_gone")
    /// The operating system refused.
    package static let inputOutput = Code(rawValue: "io")
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
