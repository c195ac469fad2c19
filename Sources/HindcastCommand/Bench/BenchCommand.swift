internal import ArgumentParser
internal import Hindcast
internal import HindcastReplay
internal import HindcastServer

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how many events a second become durable.",
    discussion: """
      Logs events with 30 features of mixed types through the SDK, from several tasks at once, to a server, and waits until \
      all are on disk. Without --server it starts one of its own, in this process and over a real socket, on a temporary \
      directory that it removes afterwards: one machine then does the work of both sides.

        hindcast bench
        hindcast bench --server 127.0.0.1:7400 --events 5000000 --tasks 8 --json

      On a server of yours the events are filed under the model `bench`, environment validation.
      """)

  @Option(help: ArgumentHelp("The server to log to. Default: one of its own.", valueName: "host:port"))
  var server: String?

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
    if let server {
      result = try await run.run(against: server)
    } else {
      result = try await withOwnServer { try await run.run(against: $0) }
    }
    let counters = result.counters
    try StandardOutput.write(json ? json(result) + "\n" : text(result))
    guard counters.acknowledged == events else {
      throw CommandError(
        "\(events - counters.acknowledged) of \(events) events did not arrive: \(counters.dropped) dropped, "
          + "\(counters.rejected) rejected")
    }
  }

  private func withOwnServer(_ body: (String) async throws -> BenchRun.Result) async throws -> BenchRun.Result {
    let parent = directory ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let folder = try Self.makeFolder(in: parent)
    defer { Self.remove(folder) }
    let server = HindcastServer(
      configuration: ServerConfiguration(
        dataDirectory: folder + "/data", listen: ListenAddress(host: "127.0.0.1", port: 0),
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

  private static func makeFolder(in parent: String) throws -> String {
    var template = Array("\(parent)/hindcast-bench.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw CommandError("no folder can be made in \(parent): \(String(cString: strerror(errno))); see --directory")
    }
    return template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  /// Files first, as `nftw` with FTW_DEPTH goes.
  private static func remove(_ folder: String) {
    _ = nftw(folder, { path, _, _, _ in path.map { Glibc.remove($0) } ?? 0 }, 16, FTW_DEPTH | FTW_PHYS)
  }

  private func text(_ result: BenchRun.Result) -> String {
    let counters = result.counters
    let count = Double(max(1, counters.acknowledged))
    return """
      events       \(Figures.grouped(counters.acknowledged)) durable in \(Figures.decimals(result.seconds, 2)) s, from \(tasks) tasks
      rate         \(Figures.grouped(Int(count / result.seconds))) events/s
      size         \(Figures.decimals(Double(counters.acknowledgedBytes) / count, 1)) bytes an event, in \(Figures.grouped(counters.acknowledgedBlocks)) blocks
      log()        \(Figures.decimals(result.loggingSeconds * 1e9 * Double(tasks) / count, 0)) ns a call, waiting for room included
      processor    \(Figures.decimals(result.processorSeconds * 1e6 / count, 2)) us an event, \(server == nil ? "client and server" : "client")
      lost         \(counters.dropped) dropped, \(counters.rejected) rejected; \(counters.resent) sent again

      """
  }

  private func json(_ result: BenchRun.Result) -> String {
    let counters = result.counters
    let count = Double(max(1, counters.acknowledged))
    return JSONValue.object([
      ("events", .integer(Int64(counters.acknowledged))), ("tasks", .integer(Int64(tasks))),
      ("seconds", .double(result.seconds)), ("events_per_second", .double(count / result.seconds)),
      ("logging_seconds", .double(result.loggingSeconds)),
      ("bytes_per_event", .double(Double(counters.acknowledgedBytes) / count)),
      ("blocks", .integer(Int64(counters.acknowledgedBlocks))),
      ("processor_seconds", .double(result.processorSeconds)), ("server_in_process", .bool(server == nil)),
      ("logged", .integer(Int64(counters.logged))), ("sent", .integer(Int64(counters.sent))),
      ("resent", .integer(Int64(counters.resent))), ("dropped", .integer(Int64(counters.dropped))),
      ("rejected", .integer(Int64(counters.rejected))),
    ]).text
  }
}
