package import HindcastFormat

/// What a replay delivers, as far as it must be the same whenever a sink is filled further: the rows and columns that the
/// query chooses, but not where it ends.
///
/// A sink's checkpoint says "everything selected up to here is delivered". With another selection that would be false, so
/// a sink keeps its selection and refuses another.
package struct ReplaySelection: Sendable, Equatable {
  package var query: ReadQuery
  package var choice: ColumnChoice
  /// Which log the positions belong to, if the source knows: the hexadecimal log id of its data directory.
  package var log: String?

  package init(query: ReadQuery, choice: ColumnChoice = .all, log: String? = nil) {
    self.query = query
    self.query.toPosition = nil
    self.choice = choice
    self.log = log
  }

  /// One line of JSON, equal for equal selections. Without the log: a source may come to know it later.
  package var text: String {
    let kinds = query.kinds.sorted { $0.rawValue < $1.rawValue }.map { JSONValue.string($0.word) }
    let columns: JSONValue =
      switch choice {
      case .all: .string("*")
      case .named(let names): .array(names.sorted().map { .string($0) })
      }
    return JSONValue.object([
      ("model", .string(query.model ?? "*")),
      ("version", .string(query.version ?? "*")),
      ("environment", .string(query.environment?.word ?? "*")),
      ("kinds", kinds.isEmpty ? .string("*") : .array(kinds)),
      ("from_position", .integer(Int64(clamping: query.fromPosition))),
      ("from_time", query.times.map { .integer($0.lowerBound) } ?? .null),
      ("to_time", query.times.map { .integer($0.upperBound) } ?? .null),
      ("columns", columns),
    ]).text
  }

  /// Throws `notOurs` if a sink that was filled with the selection and log it recorded cannot be filled with this one.
  func check(recordedText: String, recordedLog: String?, sink: String) throws(ReplayError) {
    guard recordedText == text else {
      throw ReplayError(
        .notOurs,
        "\(sink) was filled by a replay of \(recordedText), this one is of \(text); repeat the former, or name another "
          + "place for this one")
    }
    if let recordedLog, let log, recordedLog != log {
      throw ReplayError(
        .notOurs,
        "\(sink) was filled from the log \(recordedLog), this one is \(log); their positions have nothing to do with "
          + "each other, so name another place for this one")
    }
  }
}
