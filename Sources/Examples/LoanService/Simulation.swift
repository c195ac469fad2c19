import Hindcast

/// The half-year of the service, run by several tasks at once.
struct Simulation: Sendable {
  var server: String
  var model: String
  var version: String
  var eventCount: Int
  var taskCount: Int
  var seed: UInt64

  func run() async throws -> Summary {
    let client = try HindcastClient(server: server)
    let logger = client.logger(model: model, version: version)
    let clock = ContinuousClock()
    let began = clock.now
    var total = ScoringTask.Report()
    await withTaskGroup(of: ScoringTask.Report.self) { group in
      for number in 0..<taskCount {
        let task = ScoringTask(
          number: number, of: taskCount, population: Population(seed: seed, count: eventCount),
          outcomes: Outcomes(seed: seed), client: client, logger: logger)
        group.addTask { await task.run() }
      }
      for await report in group { total.add(report) }
    }
    // Nothing is lost by ending early or late, as long as the process does not end before this.
    do {
      try await client.flush(within: .seconds(120))
    } catch {
      await client.shutdown(deadline: .zero)
      throw error
    }
    let seconds = (clock.now - began) / .seconds(1)
    return Summary(total: total, counters: await client.shutdown(), taskCount: taskCount, seconds: seconds)
  }
}

extension ScoringTask.Report {
  fileprivate mutating func add(_ other: ScoringTask.Report) {
    predictions += other.predictions
    actuals += other.actuals
    predictionSizes.add(other.predictionSizes)
    actualSizes.add(other.actualSizes)
    callDurations += other.callDurations
  }
}
