internal import ArgumentParser
internal import Synchronization

/// The least that a call which shares state can take.
struct LockBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock", abstract: "Lock and unlock a Mutex that nobody else wants.")

  @Option(help: "How often.") var count = 10_000_000

  func run() throws {
    let state = Mutex(0)
    let began = Clock.thread
    for number in 0..<count { state.withLock { $0 &+= number } }
    let elapsed = Clock.thread - began
    guard state.withLock({ $0 }) != 1 else { return }
    var line = JSONLine()
    line.add("mutex_ns", Double(elapsed) / Double(max(count, 1)))
    print(line.text)
  }
}
