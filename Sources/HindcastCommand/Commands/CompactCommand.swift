internal import ArgumentParser
internal import HindcastFormat
internal import HindcastReplay
internal import HindcastStorage

struct CompactCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Make a log smaller and sorted.",
    discussion: """
      Turns the journal into archive files, one for each model and UTC day: rows sorted by time, exact duplicates of \
      predictions gone, encoded for size, and each file checked against what it came from before that is removed. Reads, \
      replays and evaluations give the same as before. It may be killed at any moment and run again.

        hindcast compact --data /var/lib/hindcast

      No server may hold the directory meanwhile: stop it, or let it compact by itself (serve --compact-every).
      """)

  @Option(help: ArgumentHelp("The data directory.", valueName: "dir"))
  var data: String

  @Option(help: "What the archive is compressed with.")
  var codec = ServeCommand.ArchiveCodec.zstd

  @Flag(help: "Print a summary as JSON on standard output; nothing on standard error but errors.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  mutating func run() async throws {
    // Opening for writing would make a directory that is not there.
    _ = try LogStore.open(directory: data, mode: .readOnly)
    var options = LogStoreOptions()
    options.archiveCodec = codec == .zlib ? .zlib : .zstd
    let store = try LogStore.open(directory: data, mode: .exclusive, options: options)
    let progress = ProgressLine("compacting", isQuiet: json || quiet)
    let report: CompactionReport
    do {
      report = try store.compact { state in
        let share = state.blocksTotal > 0 ? Double(state.blocksDone) / Double(state.blocksTotal) : nil
        progress.update(Int(clamping: state.report.rowsRead), "rows", share: share)
      }
      progress.finish()
      try await store.close()
    } catch {
      progress.finish()
      // The compaction's own error is the one to tell of.
      try? await store.close()
      throw error
    }
    if json {
      try StandardOutput.write(Self.json(report) + "\n")
    } else if !quiet {
      try StandardOutput.write(Self.text(report) + "\n")
    }
    if report.gaps > 0 {
      throw CommandError(
        "\(report.gaps) blocks were damaged and could not be archived; their segments are kept under \(data)/torn, and readers are told of the gaps"
      )
    }
  }

  private static func text(_ report: CompactionReport) -> String {
    guard report.rowsRead > 0 else {
      return "everything is compacted already, up to position \(report.compactedPosition)"
    }
    var text =
      "\(Figures.grouped(report.rowsRead)) rows compacted: \(Figures.bytes(report.bytesRead)) became "
      + "\(Figures.bytes(report.bytesWritten)) in \(Figures.grouped(report.filesWritten)) files, "
      + "\(Figures.decimals(Double(report.bytesWritten) / Double(max(report.rowsWritten, 1)), 1)) bytes a row"
    if report.exactDuplicatesDropped > 0 {
      text += "; \(Figures.grouped(report.exactDuplicatesDropped)) exact duplicates dropped"
    }
    return text
  }

  private static func json(_ report: CompactionReport) -> String {
    let figures: [(String, Int64)] = [
      ("blocks_read", Int64(report.blocksRead)), ("rows_read", Int64(clamping: report.rowsRead)),
      ("rows_written", Int64(clamping: report.rowsWritten)),
      ("exact_duplicates_dropped", Int64(clamping: report.exactDuplicatesDropped)),
      ("bytes_read", Int64(clamping: report.bytesRead)), ("bytes_written", Int64(clamping: report.bytesWritten)),
      ("files_written", Int64(report.filesWritten)), ("segments_released", Int64(report.segmentsReleased)),
      ("gaps", Int64(report.gaps)), ("compacted_position", Int64(clamping: report.compactedPosition)),
    ]
    return JSONValue.object(figures.map { ($0.0, .integer($0.1)) }).text
  }
}
