import ArgumentParser
import Hindcast

/// An inference service, as a user of Hindcast would write one: it scores loan applications with a model and logs what it
/// predicted, and months later what really happened. Read `ScoringTask.swift` first: that is where events are logged.
///
/// The world around it is simulated, and turns away from the model half-way (`SimulatedTime`, `Population`, `Outcomes`).
@main
struct LoanService: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "LoanService",
    abstract: "Score a simulated half-year of loan applications, and log predictions and outcomes to Hindcast.",
    discussion: """
      Outcomes come 30 to 90 days after the application, for about 85 of 100 loans. After three months the world changes: \
      incomes fall, debts rise, a new purpose and a new region appear, and other things than before decide who defaults.

        hindcast serve --data loans-data &
        LoanService --events 200000
        hindcast evaluate --server 127.0.0.1:7400 --model loan-default --every 7d --plot roc_auc
      """)

  @Option(help: ArgumentHelp("The Hindcast server.", valueName: "host:port"))
  var server = "127.0.0.1:7400"

  @Option(help: "The name that events are filed under.")
  var model = "loan-default"

  @Option(name: .customLong("version"), help: ArgumentHelp("The model's version.", valueName: "name"))
  var modelVersion = "2025-12"

  @Option(help: "Applications to score.")
  var events = 1_000_000

  @Option(help: "Tasks that score at the same time.")
  var tasks = 4

  @Option(help: "Another seed makes other applicants.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON: one object.")
  var json = false

  func validate() throws {
    guard (1...1_000_000_000).contains(events) else { throw ValidationError("--events is 1 to 1000000000.") }
    guard (1...1_024).contains(tasks) else { throw ValidationError("--tasks is 1 to 1024.") }
  }

  func run() async throws {
    let simulation = Simulation(
      server: server, model: model, version: modelVersion, eventCount: events, taskCount: tasks, seed: seed)
    let summary = try await simulation.run()
    print(json ? summary.json : summary.text, terminator: "")
    guard summary.isComplete else { throw ExitCode.failure }
  }
}
