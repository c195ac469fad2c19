internal import Hindcast
internal import HindcastServer
internal import Logging

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Logs events through the SDK from several tasks and waits until the server has them on disk.
struct BenchRun: Sendable {
  var eventCount: Int
  var taskCount: Int
  var seed: UInt64
  var progress: ProgressLine

  struct Result {
    var counters: HindcastClient.Counters
    /// From the first `log` to the last acknowledgement.
    var seconds: Double
    /// From the first `log` to the return of the last.
    var loggingSeconds: Double
    /// User and system time of this process, with the server's if it runs in it.
    var processorSeconds: Double
  }

  private static let poolCount = 1 << 17
  /// Events between two looks at the room in memory.
  private static let stride = 256

  func run(against server: String, _ configuration: HindcastClient.Configuration) async throws -> Result {
    let pool = PaymentPool(count: min(Self.poolCount, eventCount), seed: seed)
    var configuration = configuration
    configuration.logger = CommandLog.logger(isQuiet: false)
    let client = try HindcastClient(server: server, configuration: configuration)
    let clock = ContinuousClock()
    let processorBefore = Self.processorSeconds
    let began = clock.now
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<taskCount {
        group.addTask { await self.logShare(task, of: pool, to: client) }
      }
    }
    let logged = clock.now
    progress.update(eventCount, "events", share: 1)
    do {
      try await client.flush(within: Self.patience)
    } catch {
      await client.shutdown(deadline: .zero)
      throw error
    }
    let ended = clock.now
    let processor = Self.processorSeconds - processorBefore
    progress.finish()
    let counters = await client.shutdown()
    return Result(
      counters: counters, seconds: (ended - began).inSeconds, loggingSeconds: (logged - began).inSeconds,
      processorSeconds: processor)
  }

  /// After this long without all acknowledgements the server is given up.
  private static let patience = Duration.seconds(120)

  private func logShare(_ task: Int, of pool: PaymentPool, to client: HindcastClient) async {
    let logger = client.logger(model: "bench", version: "1", environment: .validation)
    let first = eventCount * task / taskCount
    let end = eventCount * (task + 1) / taskCount
    let start = Timestamp.now.microsecondsSince1970
    for index in first..<end {
      if (index - first) % Self.stride == 0 {
        await client.waitForRoom()
        progress.update(
          (index - first) * taskCount, "events", share: Double(index - first) / Double(max(1, end - first)))
      }
      // Some 25 events a millisecond, not quite evenly spread.
      let time = start + Int64(index) * 40 + Int64(truncatingIfNeeded: index &* 7_919 % 37)
      pool.payments[index % pool.payments.count].log(to: logger, at: Timestamp(microsecondsSince1970: time))
    }
  }

  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
