internal import ArgumentParser
internal import Hindcast

/// Events from the first call until the server has all of them on disk.
struct DeliveryBenchmark: ParsableCommand, LoggingBody {
  static let configuration = CommandConfiguration(
    commandName: "deliver", abstract: "Log events as fast as they are taken, and wait until all are acknowledged.")

  @OptionGroup var options: LoggingOptions
  @Option(help: "Events to log.") var count = 1_000_000

  func run() throws { try options.way.run(self) }

  func run<Way: EventLogging>(with way: Way.Type) throws {
    let pool = try EventPool(path: options.events)
    var configuration = HindcastClient.Configuration()
    if let waitingBytes = options.waitingBytes { configuration.waitingBytes = waitingBytes }
    let client = try HindcastClient(server: options.server, configuration: configuration)
    let logger = Way(client)
    // The connection is there before the clock starts.
    logger.log(pool[0])
    try flush(client)

    let before = client.counters
    let (wall, process, thread) = (Clock.wall, Clock.process, Clock.thread)
    var index = 0
    for logged in 1...max(count, 1) {
      logger.log(pool[index])
      index = index + 1 == pool.count ? 0 : index + 1
      // Rather slowed down than dropped, as a batch job.
      if logged.isMultiple(of: 2_048) { waiting { await client.waitForRoom() } }
    }
    let callerTime = Clock.thread - thread
    try flush(client)
    let (seconds, processTime) = (Double(Clock.wall - wall) / 1e9, Clock.process - process)

    let after = client.counters
    var line = JSONLine()
    line.add("events", after.acknowledged - before.acknowledged)
    line.add("seconds", seconds)
    line.add("cpu_ns", Double(processTime) / Double(max(count, 1)))
    line.add("caller_cpu_ns", Double(callerTime) / Double(max(count, 1)))
    line.add("bytes", after.acknowledgedBytes - before.acknowledgedBytes)
    line.add(after)
    _ = waiting { await client.shutdown() }
    print(line.text)
  }

  private func flush(_ client: HindcastClient) throws {
    let failure = waiting { () async -> String? in
      do { try await client.flush(within: .seconds(120)) } catch { return "\(error)" }
      return nil
    }
    if let failure { throw ValidationError(failure) }
  }
}
