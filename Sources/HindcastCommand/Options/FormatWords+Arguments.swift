internal import ArgumentParser
internal import HindcastFormat

extension HindcastFormat.EventKind: ExpressibleByArgument {
  /// `prediction`, and the plural that users write as naturally.
  package init?(argument: String) {
    self.init(word: argument.hasSuffix("s") && argument != "loss" ? String(argument.dropLast()) : argument)
  }
  package static var allValueStrings: [String] { allCases.map(\.word) }
}

extension HindcastFormat.Environment: ExpressibleByArgument {
  package init?(argument: String) { self.init(word: argument) }
  package static var allValueStrings: [String] { allCases.map(\.word) }
  package var defaultValueDescription: String { word }
}
