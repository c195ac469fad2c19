internal import ArgumentParser

/// Measures the SDK as the service that uses it sees it: `tools/bench/sdk` runs it beside other ways to log the same events.
@main
struct SDKBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sdk-benchmark",
    abstract: "Measure the SDK in the process of a service.",
    discussion:
      "Each command prints one line of JSON. `tools/bench/sdk` starts what else is needed, and makes the events.",
    subcommands: [CallsBenchmark.self, DeliveryBenchmark.self, MemoryBenchmark.self, LockBenchmark.self])
}

/// What all commands that log are told.
struct LoggingOptions: ParsableArguments {
  @Option(help: "The file of events, as tools/bench/sdk.d/events.py writes it.") var events: String
  @Option(help: "The server's address.") var server: String
  @Option(help: "How events are logged: \(LoggingWay.allCases.map(\.rawValue).joined(separator: ", ")).")
  var way = LoggingWay.literal
  @Option(help: "Configuration.waitingBytes; default: the SDK's.") var waitingBytes: Int?
}
