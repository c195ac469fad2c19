internal import ArgumentParser

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Log what files hold, as a service would have logged it.",
    discussion: """
      Reads CSV (RFC 4180, the first row names the columns) and JSON lines, gzip or not, and sends the rows to a server \
      as events. The command ends when the server has all of them on disk. A server that is restarted meanwhile is waited \
      for; nothing is lost and nothing is there twice.

      Importing a file again is safe, too: predictions under an id that has one already count as repeats, an actual that \
      says the same again changes nothing, and compaction removes exact duplicates.
      """,
    subcommands: [ImportPredictions.self, ImportActuals.self])
}

/// A list of columns on the command line: `a,b,c`, and the option may be given again.
struct ColumnList: ExpressibleByArgument, Equatable {
  var names: [String]

  init?(argument: String) {
    names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if names.contains("") { return nil }
  }
}
