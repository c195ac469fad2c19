internal import ArgumentParser
internal import HindcastFormat
internal import HindcastReplay
internal import HindcastWire

struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List what the log holds, or describe one model.",
    discussion: """
      One line for each kind of event of each version of a model: rows (repeats included), the bytes they take, and the \
      range of event time.

        hindcast models --server 127.0.0.1:7400
        hindcast models --data /var/lib/hindcast --json
        hindcast models --server 127.0.0.1:7400 --model fraud

      With --model also the columns, and for each version and environment how many predictions were served: those in the \
      log, those that services left out of their sample, and those that were dropped (by reason below). Services report \
      the latter two themselves, as events of the kind loss.
      """)

  @OptionGroup var source: SourceOptions

  @Option(help: ArgumentHelp("Describe this model.", valueName: "name"))
  var model: String?

  @Flag(help: "Print JSON: an array of objects; of one model an object.")
  var json = false

  mutating func run() async throws {
    if let model {
      let description = try await EventSource.with(source) { try await $0.describe(model) }
      return try StandardOutput.write(json ? description.json.text + "\n" : description.text)
    }
    let streams = try await EventSource.with(source) { try await $0.streams() }
    if json { return try StandardOutput.write(streams.json.text + "\n") }
    guard !streams.isEmpty else { return StandardError.writeLine("The log holds no model yet.") }
    try StandardOutput.write(streams.table)
  }
}
