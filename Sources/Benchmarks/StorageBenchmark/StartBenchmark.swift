internal import ArgumentParser
internal import HindcastFormat
internal import HindcastStorage

/// How long opening a log takes and how much of it is read. The first run fills the directory.
struct StartBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Seconds and bytes read to open a log with sealed segments.")

  @Option(help: "The data directory. Filled if it is new.") var directory: String
  @Option(help: "Bytes of journal to fill it with.") var bytes: UInt64 = 10 << 30
  @Option(help: "Bytes of a frame.") var frameBytes = 256 << 10
  @Flag(help: "Fill only.") var fill = false
  @Flag(help: "Print JSON: one object.") var json = false

  mutating func run() async throws {
    var options = LogStoreOptions()
    options.freeBytesMin = 0
    if fill {
      let store = try LogStore.open(directory: directory, mode: .exclusive, options: options)
      let frames = Int(bytes) / frameBytes
      let block = try randomBlock(frameBytes: frameBytes, seed: 1)
      var frame = 0
      while frame < frames {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<64 { group.addTask { _ = try await store.append(block) } }
          try await group.waitForAll()
        }
        frame += 64
      }
      try await store.close()
      return
    }
    options.preparation = .off
    let disk = CountingDisk()
    let began = seconds()
    let store = try LogStore.open(directory: directory, mode: .exclusive, options: options, disk: disk)
    let elapsed = seconds() - began
    let status = store.status()
    let (calls, read) = disk.reads
    try await store.close()
    if json {
      print(
        #"{"seconds":\#(elapsed),"bytes_read":\#(read),"reads":\#(calls),"segments":\#(status.segmentCount),"journal_bytes":\#(status.journalByteCount),"blocks":\#(status.durablePosition)}"#
      )
    } else {
      print(
        "opened \(status.segmentCount) segments, \(status.journalByteCount >> 20) MiB, \(status.durablePosition) blocks, "
          + "in \((elapsed * 1e4).rounded() / 1e4) s: \(calls) reads, \(read >> 10) KiB")
    }
  }
}
