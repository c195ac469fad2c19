internal import ArgumentParser
internal import HindcastFormat
internal import HindcastReplay
internal import HindcastStorage

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read everything and report what is damaged.",
    discussion: """
      Holds every byte of a data directory to its checksums, decodes every block, and compares files with their footers and \
      the manifest. Writes nothing; a server may be using the directory. What retention dropped is listed, and is no damage.

        hindcast verify --data /var/lib/hindcast

      Exit status: 0 all is as it should be, 2 damage was found (each bad frame is printed with file, offset and \
      positions), 1 the directory could not be read.
      """)

  /// Tells damage from a failure to look.
  static let damageStatus: Int32 = 2

  @Option(help: ArgumentHelp("The data directory.", valueName: "dir"))
  var data: String

  @Flag(help: "Print JSON: one object.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing but damage and errors.")
  var quiet = false

  mutating func run() async throws {
    let progress = ProgressLine("verifying", isQuiet: json || quiet)
    let report: VerifyReport
    do {
      report = try LogVerifier.verify(directory: data) { state in
        let share = state.filesTotal > 0 ? Double(state.filesDone) / Double(state.filesTotal) : nil
        progress.update(Int(clamping: state.bytesDone >> 20), "MiB", share: share)
      }
      progress.finish()
    } catch {
      progress.finish()
      throw error
    }
    if json {
      try StandardOutput.write(Self.json(report) + "\n")
    } else if !quiet || !report.isGood {
      try StandardOutput.write(Self.text(report))
    }
    if !report.isGood { throw ExitCode(Self.damageStatus) }
  }

  private static func text(_ report: VerifyReport) -> String {
    var lines = report.badFrames.map { bad in
      let positions = bad.positions.map { ", positions \($0.lowerBound) to \($0.upperBound)" } ?? ""
      return "DAMAGED \(bad.path), offset \(bad.offset)\(positions): \(bad.reason)"
    }
    lines += report.gaps.map { "gap, known before: positions \($0.lowerBound) to \($0.upperBound)" }
    lines += report.trimmed.map { "trimmed: \($0.gap.text)" }
    if report.unsealedTailBytes > 0 {
      lines.append(
        "\(Figures.bytes(report.unsealedTailBytes)) behind the last whole frame: being written, or torn off by a crash")
    }
    lines.append(
      "\(Figures.grouped(report.rows)) rows in \(Figures.grouped(report.blocks)) blocks of \(report.segments) segments and "
        + "\(report.archiveFiles) archive files, \(Figures.bytes(report.bytes)): "
        + (report.isGood ? "all good" : "\(report.badFrames.count) bad"))
    return lines.joined(separator: "\n") + "\n"
  }

  private static func json(_ report: VerifyReport) -> String {
    let bad = report.badFrames.map { bad -> JSONValue in
      var members: [(String, JSONValue)] = [
        ("path", .string(bad.path)), ("offset", .integer(Int64(clamping: bad.offset))),
      ]
      members.append(("first_position", bad.positions.map { .integer(Int64(clamping: $0.lowerBound)) } ?? .null))
      members.append(("last_position", bad.positions.map { .integer(Int64(clamping: $0.upperBound)) } ?? .null))
      return .object(members + [("reason", .string(bad.reason))])
    }
    let gaps = report.gaps.map { gap in
      JSONValue.object([
        ("first_position", .integer(Int64(clamping: gap.lowerBound))),
        ("last_position", .integer(Int64(clamping: gap.upperBound))),
      ])
    }
    let members: [(String, JSONValue)] = [
      ("good", .boolean(report.isGood)), ("bad_frames", .array(bad)), ("gaps", .array(gaps)),
      ("trimmed", .array(report.trimmed.map(\.json))), ("segments", .integer(Int64(report.segments))),
      ("archive_files", .integer(Int64(report.archiveFiles))),
      ("blocks", .integer(Int64(clamping: report.blocks))), ("rows", .integer(Int64(clamping: report.rows))),
      ("bytes", .integer(Int64(clamping: report.bytes))),
      ("unsealed_tail_bytes", .integer(Int64(clamping: report.unsealedTailBytes))),
    ]
    return JSONValue.object(members).text
  }
}
