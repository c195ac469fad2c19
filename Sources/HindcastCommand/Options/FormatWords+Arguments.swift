internal import ArgumentParser
internal import HindcastFormat

extension HindcastFormat.EventKind: ExpressibleByArgument {
  /// `prediction`, and the plural that users write as naturally.
  package init?(argument: String) {
    guard let kind = Self.allCases.first(where: { argument == $0.word || argument == $0.plural }) else { return nil }
    self = kind
  }
  package static var allValueStrings: [String] { allCases.map(\.word) }
}

extension HindcastFormat.Environment: ExpressibleByArgument {
  package init?(argument: String) { self.init(word: argument) }
  package static var allValueStrings: [String] { allCases.map(\.word) }
  package var defaultValueDescription: String { word }
}
