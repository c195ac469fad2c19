/// Threads that log events of a pool one after the other.
struct CallsRun<Way: EventLogging>: Sendable {
  let way: Way
  let pool: EventPool
  let threads: Int
  let perThread: Int

  enum Counting: Sendable {
    case processorTime
    case allocations(Allocations.Count)

    func now() -> UInt64 {
      switch self {
      case .processorTime: Clock.thread
      case .allocations(let count): count()
      }
    }
  }

  /// A batch at full rate; returns what an event took of its thread.
  func batch(counting: Counting) -> Double {
    let (way, pool, threads, perThread) = (way, pool, threads, perThread)
    let sums = Threads(threads) { thread -> UInt64 in
      var position = Position(pool, thread: thread, of: threads)
      let before = counting.now()
      for _ in 0..<perThread {
        way.log(pool[position.index])
        position.advance()
      }
      return counting.now() - before
    }.join()
    return Double(sums.reduce(0, +)) / Double(perThread * threads)
  }

  /// A batch at full rate, with the clock read around each call.
  func batchOfSingleCalls() -> [[UInt32]] {
    let (way, pool, threads, perThread) = (way, pool, threads, perThread)
    return Threads(threads) { thread -> [UInt32] in
      var position = Position(pool, thread: thread, of: threads)
      var times = [UInt32](repeating: 0, count: perThread)
      for call in 0..<perThread { times[call] = Self.timed(way, pool, &position) }
      return times
    }.join()
  }

  /// Calls in bursts of a millisecond's worth, as requests come; threads take turns. Late bursts are made up for.
  func paced(rate: Int, seconds: Double) -> (times: [[UInt32]], eventsPerSecond: Double) {
    let (way, pool, threads) = (way, pool, threads)
    let burst = max(1, rate / threads / 1_000)
    let interval = UInt64(burst * threads) * 1_000_000_000 / UInt64(max(rate, 1))
    let bursts = max(1, Int(seconds * 1e9 / Double(interval)))
    let began = Clock.wall
    let times = Threads(threads) { thread -> [UInt32] in
      var position = Position(pool, thread: thread, of: threads)
      var times = [UInt32](repeating: 0, count: bursts * burst)
      let first = Clock.wall + interval * UInt64(thread) / UInt64(threads)
      for index in 0..<bursts {
        Clock.sleep(until: first + UInt64(index) * interval)
        for call in 0..<burst { times[index * burst + call] = Self.timed(way, pool, &position) }
      }
      return times
    }.join()
    return (times, Double(times.count * bursts * burst) / (Double(Clock.wall - began) / 1e9))
  }

  @inline(__always)
  private static func timed(_ way: Way, _ pool: EventPool, _ position: inout Position) -> UInt32 {
    let began = Clock.wall
    way.log(pool[position.index])
    let elapsed = Clock.wall - began
    position.advance()
    return UInt32(clamping: elapsed)
  }

  /// Where a thread is in the pool: each begins elsewhere.
  private struct Position {
    private(set) var index: Int
    private let count: Int

    init(_ pool: EventPool, thread: Int, of threads: Int) {
      count = pool.count
      index = count / threads * thread
    }

    mutating func advance() {
      index += 1
      if index == count { index = 0 }
    }
  }
}
