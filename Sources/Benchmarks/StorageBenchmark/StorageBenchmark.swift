internal import ArgumentParser

/// Measures the storage engine by itself, without a server. `tools/bench/journal` and `tools/bench/start` run it.
@main
struct StorageBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "storage-benchmark",
    abstract: "Measure the storage engine by itself.",
    subcommands: [JournalBenchmark.self, StartBenchmark.self])
}
