internal import ArgumentParser
internal import HindcastFormat
internal import HindcastStorage

/// Group commit against what the disk gives a program that does nothing else. All ways in turn, several rounds, medians: the
/// machine's speed drifts, the ratios of one round do not.
struct JournalBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "journal", abstract: "Durable bytes a second of the journal, beside bare pwritev and fdatasync.")

  @Option(help: "An empty folder on the disk to be measured.") var directory: String
  @Option(help: "Bytes of a frame.") var frameBytes = 256 << 10
  @Option(help: "Frames that each way writes in a round.") var frames = 1_024
  @Option(help: "Rounds.") var rounds = 5
  @Option(help: "Blocks that a client has on their way at once, as an append stream has.") var window = 4
  @Flag(help: "Print JSON: one object.") var json = false

  private struct Way {
    var name: String
    var run: () async throws -> Double
  }

  mutating func run() async throws {
    let (directory, frameBytes, frames, window) = (directory, frameBytes, frames, window)
    func bare(_ perSync: Int, filled: Bool) -> Way {
      Way(name: "bare, \(perSync) a sync, \(filled ? "zero-filled" : "growing")") {
        try BareFile(
          path: directory + "/bare", frameBytes: frameBytes, frames: frames, framesPerSync: perSync, isFilled: filled
        ).run()
      }
    }
    func journal(_ clients: Int, isRolling: Bool) -> Way {
      Way(name: "journal, \(clients) \(clients == 1 ? "client" : "clients")\(isRolling ? ", rolling" : "")") {
        try await JournalRun(
          path: directory + "/data", frameBytes: frameBytes, frames: frames, clients: clients, window: window,
          isRolling: isRolling
        ).run()
      }
    }
    let ways = [
      bare(1, filled: false), bare(1, filled: true), bare(8, filled: false), bare(8, filled: true),
      journal(1, isRolling: false), journal(8, isRolling: false), journal(1, isRolling: true),
      journal(8, isRolling: true),
    ]
    var megabytes = [[Double]](repeating: [], count: ways.count)
    for _ in 0..<rounds {
      for (index, way) in ways.enumerated() {
        megabytes[index].append(Double(frameBytes * frames) / 1e6 / (try await way.run()))
      }
    }
    let best = megabytes[3]
    for (way, rates) in zip(ways, megabytes) {
      let ratio = median(zip(rates, best).map { $0 / $1 })
      if json {
        print(#"{"way":"\#(way.name)","megabytes_per_second":\#(median(rates)),"of_bare_8_zero_filled":\#(ratio)}"#)
      } else {
        let name = way.name + String(repeating: " ", count: max(1, 30 - way.name.count))
        print(name + "\(Int(median(rates))) MB/s   \((ratio * 100).rounded() / 100) of bare, 8 a sync, zero-filled")
      }
    }
  }
}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}
