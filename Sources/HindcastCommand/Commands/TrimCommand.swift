internal import ArgumentParser
internal import HindcastFormat
internal import HindcastReplay
internal import HindcastStorage

struct TrimCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trim",
    abstract: "Drop the oldest files of a log.",
    discussion: """
      Drops whole archive files, oldest first, by the age of their newest event, by the bytes that the log has, or both. \
      Readers are told of what is gone, and what was sent is still known: a resend stays harmless.

        hindcast trim --data /var/lib/hindcast --older-than 90d --dry-run
        hindcast trim --data /var/lib/hindcast --older-than 90d --max-bytes 500GiB

      What was never compacted stays, and so does what a named cursor still needs (`hindcast help cursors`), unless you say \
      otherwise. The file with the newest positions always stays.

      No server may hold the directory meanwhile, but for --dry-run: stop it, or let it trim by itself (serve --retain-age \
      and --retain-bytes).
      """)

  @Option(help: ArgumentHelp("The data directory.", valueName: "dir"))
  var data: String

  @OptionGroup var options: TrimOptions

  @Flag(help: "Say what would be dropped, and change nothing. A server may be using the directory.")
  var dryRun = false

  @Flag(help: "Print JSON on standard output: every file with its reason.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  mutating func run() async throws {
    // Opening for writing would make a directory that is not there.
    let reader = try LogStore.open(directory: data, mode: .readOnly)
    let report: RetentionReport
    if dryRun {
      report = try reader.trim(options.policy, isDryRun: true)
    } else {
      let store = try LogStore.open(directory: data, mode: .exclusive)
      do {
        report = try store.trim(options.policy)
        try await store.close()
      } catch {
        // The trimming's own error is the one to tell of.
        try? await store.close()
        throw error
      }
    }
    if json {
      try StandardOutput.write(Self.json(report, isDryRun: dryRun) + "\n")
    } else if !quiet {
      try StandardOutput.write(Self.text(report, isDryRun: dryRun))
    }
  }

  static func text(_ report: RetentionReport, isDryRun: Bool) -> String {
    var lines: [String] = []
    if report.dropped.isEmpty {
      lines.append("nothing to drop: the log has \(Figures.bytes(report.bytesBefore))")
    } else {
      let byAge = report.dropped.count { $0.reason == .age }
      lines.append(
        "\(isDryRun ? "would drop" : "dropped") \(Figures.grouped(report.dropped.count)) files (\(Figures.grouped(byAge)) "
          + "by age) with \(Figures.grouped(report.rowsDropped)) rows: \(Figures.bytes(report.bytesBefore)) "
          + "\(isDryRun ? "would become" : "became") \(Figures.bytes(report.bytesAfter))")
    }
    var trimmed: [TrimRecord] = []
    for record in report.dropped.flatMap(\.records) { trimmed.add(record) }
    lines += trimmed.map { "  \($0.gap.text)" }
    let overruled = Set(report.dropped.flatMap(\.overruledCursors)).sorted()
    if !overruled.isEmpty {
      lines.append("  cursors that still needed some of it: \(overruled.joined(separator: ", "))")
    }
    for (reason, files) in Dictionary(grouping: report.kept, by: \.reason).sorted(by: {
      $0.key.description < $1.key.description
    }) {
      let bytes = files.reduce(0) { $0 + $1.byteCount }
      lines.append("kept \(Figures.grouped(files.count)) files, \(Figures.bytes(bytes)): \(reason)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static func json(_ report: RetentionReport, isDryRun: Bool) -> String {
    let dropped = report.dropped.map { file in
      JSONValue.object([
        ("file", .string(file.name)), ("reason", .string(file.reason.rawValue)),
        ("rows", .integer(Int64(clamping: file.rowCount))), ("bytes", .integer(Int64(clamping: file.byteCount))),
        ("overruled_cursors", .array(file.overruledCursors.map { .string($0) })),
        ("trimmed", .array(file.records.map(\.json))),
      ])
    }
    let kept = report.kept.map { file in
      JSONValue.object([
        ("file", .string(file.name)), ("reason", .string(file.reason.description)),
        ("bytes", .integer(Int64(clamping: file.byteCount))),
      ])
    }
    return JSONValue.object([
      ("dry_run", .boolean(isDryRun)), ("dropped_files", .integer(Int64(report.dropped.count))),
      ("dropped_rows", .integer(Int64(clamping: report.rowsDropped))),
      ("dropped_bytes", .integer(Int64(clamping: report.bytesDropped))),
      ("bytes_before", .integer(Int64(clamping: report.bytesBefore))),
      ("bytes_after", .integer(Int64(clamping: report.bytesAfter))), ("dropped", .array(dropped)),
      ("kept", .array(kept)),
    ]).text
  }
}
