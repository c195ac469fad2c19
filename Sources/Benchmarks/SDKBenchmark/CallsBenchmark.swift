internal import ArgumentParser
internal import Hindcast

/// What `log` takes of the thread that calls it.
struct CallsBenchmark: ParsableCommand, LoggingBody {
  static let configuration = CommandConfiguration(
    commandName: "calls", abstract: "Processor time of the calling thread, and the time of each single call.")

  @OptionGroup var options: LoggingOptions
  @Option(help: "Threads that log at once.") var threads = 1
  @Option(help: "Events that all threads together log between two pauses.") var batch = 50_000
  @Option(help: "Batches at full rate.") var batches = 5
  @Option(help: "Events a second of all threads together, of the paced calls.") var rate = 50_000
  @Option(help: "Seconds of paced calls.") var pacedSeconds = 4.0
  @Flag(help: "Wait for the server's acknowledgement after each batch: needs a server.") var flush = false

  func validate() throws {
    if !(1...64).contains(threads) { throw ValidationError("--threads is 1 to 64.") }
    if min(batch, batches, rate) < 1 || pacedSeconds <= 0 { throw ValidationError("Sizes are at least 1.") }
  }

  func run() throws { try options.way.run(self) }

  func run<Way: EventLogging>(with way: Way.Type) throws {
    let pool = try EventPool(path: options.events)
    var configuration = HindcastClient.Configuration()
    if let waitingBytes = options.waitingBytes { configuration.waitingBytes = waitingBytes }
    let client = try HindcastClient(server: options.server, configuration: configuration)
    let run = CallsRun(way: Way(client), pool: pool, threads: threads, perThread: max(1, batch / threads))

    func pause() throws {
      guard flush else { return Clock.sleep(until: Clock.wall + 50_000_000) }
      let failure = waiting { () async -> String? in
        do { try await client.flush(within: .seconds(60)) } catch { return "\(error)" }
        return nil
      }
      if let failure { throw ValidationError(failure) }
    }

    var line = JSONLine()
    // The first batch makes columns, grows arrays, and fills a queue that is to be full.
    _ = run.batch(counting: .processorTime)
    try pause()
    var processorTimes: [Double] = []
    var allocations = 0.0
    for _ in 0..<batches {
      processorTimes.append(run.batch(counting: .processorTime))
      try pause()
    }
    if let count = Allocations.count {
      allocations = run.batch(counting: .allocations(count))
      try pause()
    }
    var times: [[UInt32]] = []
    for _ in 0..<batches {
      times += run.batchOfSingleCalls()
      try pause()
    }
    let paced = run.paced(rate: rate, seconds: pacedSeconds)

    processorTimes.sort()
    line.add("cpu_ns", processorTimes[processorTimes.count / 2])
    if Allocations.count != nil { line.add("allocations", allocations) }
    line.add("full_rate", CallTimes(times).fields)
    line.add("paced", CallTimes(paced.times).fields)
    line.add("paced_events_per_second", paced.eventsPerSecond)
    line.add("clock_ns", Clock.cost())
    let before = client.counters
    line.add("logged", before.logged)
    line.add("dropped", before.dropped)
    line.add("rejected", before.rejected)
    _ = waiting { await client.shutdown(deadline: .milliseconds(flush ? 30_000 : 1)) }
    print(line.text)
  }
}
