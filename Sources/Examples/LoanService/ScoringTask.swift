import Hindcast

/// One of the tasks that serve requests: scores its share of each day's applications, and logs what became of those that
/// it scored months before.
struct ScoringTask {
  let number: Int
  let taskCount: Int
  let population: Population
  let outcomes: Outcomes
  let client: HindcastClient
  let logger: ModelLogger

  /// What a task has to tell at its end.
  struct Report: Sendable {
    var predictions = 0
    var actuals = 0
    var predictionSizes = EventSizes()
    var actualSizes = EventSizes()
    var callDurations: [Duration] = []
  }

  private var report = Report()
  /// Outcomes by the day on which they become known.
  private var comingOutcomes: [[Outcome]]
  private let clock = ContinuousClock()

  init(
    number: Int, of taskCount: Int, population: Population, outcomes: Outcomes, client: HindcastClient,
    logger: ModelLogger
  ) {
    self.number = number
    self.taskCount = taskCount
    self.population = population
    self.outcomes = outcomes
    self.client = client
    self.logger = logger
    comingOutcomes = Array(repeating: [], count: SimulatedTime.days)
  }

  consuming func run() async -> Report {
    for day in 0..<SimulatedTime.days {
      let applications = SimulatedTime.applications(ofDay: day, count: population.count)
      let first = applications.lowerBound + applications.count * number / taskCount
      let end = applications.lowerBound + applications.count * (number + 1) / taskCount
      for index in first..<end {
        await waitForRoomNowAndThen()
        score(index)
      }
      for outcome in comingOutcomes[day] {
        await waitForRoomNowAndThen()
        log(outcome)
      }
      comingOutcomes[day] = []
    }
    return report
  }

  /// The request path: score, log, answer.
  private mutating func score(_ index: Int) {
    let application = population.application(index)
    let score = CreditModel.probabilityOfDefault(application)
    let isDefaultPredicted = score >= CreditModel.threshold

    let began = isTimed ? clock.now : nil
    logger.log(
      id: application.reference,
      time: application.time,
      features: application.features,
      outputs: ["score": .double(score), "label": .bool(isDefaultPredicted)],
      tags: application.tags)
    if let began { report.callDurations.append(clock.now - began) }

    report.predictions += 1
    if index < Self.sizesMeasured {
      report.predictionSizes.add(application, score: score, isDefaultPredicted: isDefaultPredicted)
    }
    if let outcome = outcomes.outcome(of: application, index) { expect(outcome) }
  }

  private mutating func expect(_ outcome: Outcome) {
    let day = Int(SimulatedTime.days(to: outcome.time))
    if day < SimulatedTime.days { comingOutcomes[day].append(outcome) }
  }

  /// What the lender's books tell later. All it takes is the id; it could be logged by another service.
  private mutating func log(_ outcome: Outcome) {
    logger.actual(id: outcome.reference, label: .bool(outcome.hasDefaulted), time: outcome.time)
    report.actuals += 1
    if report.actualSizes.count < Self.sizesMeasured / taskCount { report.actualSizes.add(outcome) }
  }

  /// Months pass in seconds here, so that the server would be left behind. A service in real time never waits: it calls
  /// `log` and forgets about it.
  private func waitForRoomNowAndThen() async {
    if (report.predictions + report.actuals) % 256 == 0 { await client.waitForRoom() }
  }

  /// Reading the clock costs about a tenth of what it measures, so only every 64th call is timed.
  private var isTimed: Bool { report.predictions % 64 == 0 }

  private static let sizesMeasured = 1_000
}
