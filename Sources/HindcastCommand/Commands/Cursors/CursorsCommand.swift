internal import ArgumentParser
internal import HindcastFormat
internal import HindcastReplay

struct CursorsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cursors",
    abstract: "Say what consumers have, so that retention waits for them.",
    discussion: """
      A cursor is a consumer's promise, under a name: it has everything up to a position, of one model or of all. While it \
      stands, retention drops nothing behind that position. `hindcast replay --cursor NAME` moves one by itself.

        hindcast cursors --server 127.0.0.1:7400
        hindcast cursors set nightly --server 127.0.0.1:7400 --model fraud --position 1200
        hindcast cursors remove nightly --data /var/lib/hindcast

      A cursor that nobody moves lets the log grow: remove it when its consumer is gone. With --data, set and remove want the \
      directory for themselves; a server that holds it has to do it.
      """,
    subcommands: [List.self, Set.self, Remove.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List cursors.",
      discussion: """
          hindcast cursors list --server 127.0.0.1:7400
          hindcast cursors list --data /var/lib/hindcast --json
        """)

    @OptionGroup var source: SourceOptions

    @Flag(help: "Print JSON: one array of objects.")
    var json = false

    mutating func run() async throws {
      let cursors = try await EventSource.with(source) { try await $0.cursors() }
      if json { return try StandardOutput.write(JSONValue.array(cursors.map(\.json)).text + "\n") }
      guard !cursors.isEmpty else { return StandardError.writeLine("There is no cursor.") }
      var table = TextTable(["cursor", "model", ">position", "set"])
      for cursor in cursors {
        table.add([
          cursor.name, cursor.model ?? "(all)", Figures.grouped(cursor.position), TimestampText.format(cursor.time),
        ])
      }
      try StandardOutput.write(table.text())
    }
  }

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a cursor, or move it.",
      discussion: """
          hindcast cursors set nightly --server 127.0.0.1:7400 --model fraud --position 1200

        Position 0 keeps everything there is from now on. A cursor only moves forward and keeps its model, unless you reset it.
        """)

    @Argument(help: ArgumentHelp("What the cursor is called.", valueName: "name"))
    var name: String

    @OptionGroup var source: SourceOptions

    @Option(help: ArgumentHelp("The consumer has everything up to and with this.", valueName: "position"))
    var position: UInt64

    @Option(help: ArgumentHelp("Of this model only. Default: of all models.", valueName: "name"))
    var model: String?

    @Flag(help: "Also move it back, or to another model.")
    var reset = false

    mutating func run() async throws {
      let (name, position, model, reset) = (name, position, model, reset)
      _ = try await CursorOwner.with(source) {
        try await $0.setCursor(name, position: position, model: model, resetting: reset)
      }
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a cursor: retention no longer waits for it.",
      discussion: """
          hindcast cursors remove nightly --server 127.0.0.1:7400
        """)

    @Argument(help: ArgumentHelp("What the cursor is called.", valueName: "name"))
    var name: String

    @OptionGroup var source: SourceOptions

    mutating func run() async throws {
      let name = name
      _ = try await CursorOwner.with(source) { try await $0.removeCursor(name) }
    }
  }
}
