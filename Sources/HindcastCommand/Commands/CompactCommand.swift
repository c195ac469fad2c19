internal import ArgumentParser
internal import HindcastReplay
internal import HindcastStorage

struct CompactCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Make a log smaller and sorted.",
    discussion: """
      Turns the journal into archive files, one a model and UTC day: rows sorted by time, exact duplicates gone, encoded for \
      size. Reads, replays and evaluations give the same as before. It may be killed at any moment and repeated.

        hindcast compact --data /var/lib/hindcast

      The directory must not be in use by a server: stop it first, or let it compact by itself (serve --compact-every).
      """)

  @Option(help: ArgumentHelp("The data directory.", valueName: "dir"))
  var data: String

  @Flag(help: "Print a summary as JSON on standard output.")
  var json = false

  mutating func run() async throws {
    let store = try LogStore.open(directory: data, mode: .exclusive)
    let progress = ProgressLine("compacting", isQuiet: json)
    let report: CompactionReport
    do {
      report = try store.compact { step in
        let share = step.blocksTotal > 0 ? Double(step.blocksDone) / Double(step.blocksTotal) : 1
        progress.update(Int(clamping: step.report.rowsRead), "rows", share: share)
      }
    } catch {
      progress.finish()
      // The first error is the one to tell.
      try? await store.close()
      throw error
    }
    progress.finish()
    try await store.close()
    if json {
      try StandardOutput.write(summary(report).text + "\n")
    } else if report.segmentsReleased == 0 {
      try StandardOutput.write("there is nothing to compact\n")
    } else {
      try StandardOutput.write(
        """
        \(Figures.grouped(report.rowsWritten)) rows: \(Figures.bytes(report.bytesRead)) of journal became \
        \(Figures.bytes(report.bytesWritten)) of archive in \(report.filesWritten) files; \
        \(Figures.grouped(report.exactDuplicatesDropped)) exact duplicates dropped

        """)
    }
    if report.gaps > 0 {
      throw CommandError("\(report.gaps) damaged blocks could not be archived; `hindcast verify` names them")
    }
  }

  private func summary(_ report: CompactionReport) -> JSONValue {
    let figures: [(String, UInt64)] = [
      ("segments", UInt64(report.segmentsReleased)), ("blocks_read", UInt64(report.blocksRead)),
      ("rows_read", report.rowsRead), ("rows_written", report.rowsWritten),
      ("exact_duplicates_dropped", report.exactDuplicatesDropped), ("bytes_read", report.bytesRead),
      ("files_written", UInt64(report.filesWritten)), ("bytes_written", report.bytesWritten),
      ("gaps", UInt64(report.gaps)), ("compacted_position", report.compactedPosition),
    ]
    return .object(figures.map { ($0.0, .integer(Int64(clamping: $0.1))) })
  }
}
