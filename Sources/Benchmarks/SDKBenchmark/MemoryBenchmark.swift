internal import ArgumentParser
internal import Hindcast
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What a service holds in memory while nobody listens, and what becomes of its events when the server is back.
struct MemoryBenchmark: ParsableCommand, LoggingBody {
  static let configuration = CommandConfiguration(
    commandName: "memory", abstract: "Log at full rate without a server, then with one.",
    discussion: """
      Prints `dead` after --seconds: the script starts the server then. Logging goes on until it has acknowledged something.
      """)

  @OptionGroup var options: LoggingOptions
  @Option(help: "Seconds without a server.") var seconds = 60.0
  @Option(help: "Threads that log at once.") var threads = 2

  func validate() throws {
    if !(1...64).contains(threads) { throw ValidationError("--threads is 1 to 64.") }
  }

  func run() throws { try options.way.run(self) }

  func run<Way: EventLogging>(with way: Way.Type) throws {
    let pool = try EventPool(path: options.events)
    var configuration = HindcastClient.Configuration()
    if let waitingBytes = options.waitingBytes { configuration.waitingBytes = waitingBytes }
    let client = try HindcastClient(server: options.server, configuration: configuration)
    let loggers = Loggers(way: Way(client), pool: pool)
    let before = Self.residentBytes

    let logging = loggers.start(threads)
    var peak = before
    func watch(until isOver: () -> Bool) {
      while !isOver() {
        Clock.sleep(until: Clock.wall + 20_000_000)
        peak = max(peak, Self.residentBytes)
      }
    }
    let end = Clock.wall + UInt64(seconds * 1e9)
    watch { Clock.wall >= end }
    let atEnd = Self.residentBytes
    let whenDead = client.counters
    print("dead")
    fflush(nil)
    let patience = Clock.wall + 60_000_000_000
    watch { client.counters.acknowledged > 0 || Clock.wall > patience }
    loggers.stop()
    _ = logging.join()
    let isFlushed = waiting { (try? await client.flush(within: .seconds(120))) != nil }

    var line = JSONLine()
    line.add("bound_bytes", configuration.waitingBytes)
    line.add("resident_before", before)
    line.add("resident_peak", peak)
    line.add("resident_when_dead", atEnd)
    line.add("logged_when_dead", whenDead.logged)
    line.add("waiting_bytes_when_dead", whenDead.waitingBytes)
    line.add("is_flushed", isFlushed ? 1 : 0)
    line.add(waiting { await client.shutdown() })
    print(line.text)
  }

  private final class Loggers<Way: EventLogging>: Sendable {
    let way: Way
    let pool: EventPool
    private let isStopped = Atomic<Bool>(false)

    init(way: Way, pool: EventPool) {
      self.way = way
      self.pool = pool
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    func start(_ threads: Int) -> Threads<Void> {
      Threads(threads) { [self] thread in
        var index = pool.count / threads * thread
        while !isStopped.load(ordering: .relaxed) {
          way.log(pool[index])
          index = index + 1 == pool.count ? 0 : index + 1
        }
      }
    }
  }

  /// Zero where the system does not say.
  private static var residentBytes: Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var text = [UInt8](repeating: 0, count: 128)
    let count = fread(&text, 1, text.count, file)
    let words = String(decoding: text[..<count], as: UTF8.self).split(separator: " ")
    return words.count > 1 ? (Int(words[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
  }
}
