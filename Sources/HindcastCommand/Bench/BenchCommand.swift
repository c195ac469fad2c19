internal import ArgumentParser
internal import Hindcast
internal import HindcastReplay
internal import HindcastServer

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how many events a second become durable.",
    discussion: """
      Logs events with 30 features of mixed types through the SDK, from several tasks at once, to a server, and waits until \
      all are on disk. Without --server it starts one of its own, in this process and over a real socket, on a temporary \
      directory that it removes afterwards: one machine then does the work of both sides. That log is compacted in the end, \
      to show how small events become.

        hindcast bench
        hindcast bench --server 127.0.0.1:7400 --events 5000000 --tasks 8 --json

      On a server of yours the events are filed under the model `bench`, environment validation.
      """)

  @Option(help: ArgumentHelp("The server to log to. Default: one of its own.", valueName: "host:port"))
  var server: String?

  @OptionGroup(title: "Options for --server") var connection: ConnectionOptions

  @Option(
    help: ArgumentHelp(
      "Where its own server's data goes, in a folder made for it. Default: the system's place for temporary files.",
      valueName: "dir"))
  var directory: String?

  @Option(help: "Events to log.")
  var events = 1_000_000

  @Option(help: "Tasks that log at the same time.")
  var tasks = 2

  @Option(help: "Other seeds make other events.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON: one object.")
  var json = false

  func validate() throws {
    guard (1...1_000_000_000).contains(events) else { throw ValidationError("--events is 1 to 1000000000.") }
    guard (1...1_024).contains(tasks) else { throw ValidationError("--tasks is 1 to 1024.") }
    if server != nil, directory != nil {
      throw ValidationError("--directory is for a server of its own; leave out --server.")
    }
  }

  mutating func run() async throws {
    let run = BenchRun(
      eventCount: events, taskCount: tasks, seed: seed, progress: ProgressLine("logging", isQuiet: json))
    let result: BenchRun.Result
    var sizes: BenchSizes?
    if let server {
      result = try await run.run(against: server, try connection.configuration)
    } else {
      let scratch = try ScratchDirectory(in: directory)
      defer { scratch.remove() }
      let data = scratch.path + "/data"
      result = try await withServer(on: data) { try await run.run(against: $0, HindcastClient.Configuration()) }
      sizes = try await BenchSizes(ofLogIn: data, ProgressLine("compacting", isQuiet: json))
    }
    let counters = result.counters
    let report = BenchReport(result: result, taskCount: tasks, isServerInProcess: server == nil, sizes: sizes)
    try StandardOutput.write(json ? report.json.text + "\n" : report.text)
    guard counters.acknowledged == events else {
      throw CommandError(
        "\(events - counters.acknowledged) of \(events) events did not arrive: \(counters.dropped) dropped, "
          + "\(counters.rejected) rejected")
    }
  }

  private func withServer(
    on data: String, _ body: (String) async throws -> BenchRun.Result
  ) async throws -> BenchRun.Result {
    let server = HindcastServer(
      configuration: ServerConfiguration(
        dataDirectory: data, listen: ListenAddress(host: "127.0.0.1", port: 0),
        logger: CommandLog.logger(isQuiet: false)))
    try await server.start()
    do {
      let result = try await body("127.0.0.1:\(server.boundPort)")
      try await server.shutdown()
      return result
    } catch {
      try? await server.shutdown(deadline: .seconds(1))
      throw error
    }
  }
}
