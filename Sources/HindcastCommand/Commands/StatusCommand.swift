internal import ArgumentParser
internal import Hindcast
internal import HindcastFormat
internal import HindcastReplay
internal import HindcastWire

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show how a server and its data directory stand.",
    discussion: """
      Positions, sizes, memory in use, gaps, what was trimmed, cursors, and what was counted since the server started. Exits with status 1 if the \
      server does not answer within 10 seconds, so it can serve as a probe.

        hindcast status --server 127.0.0.1:7400
      """)

  @Option(help: ArgumentHelp("The server to ask. Port 7400 if none is given.", valueName: "host:port"))
  var server = "127.0.0.1:7400"

  @OptionGroup(title: "Options for the connection") var connection: ConnectionOptions

  @Flag(help: "Print JSON: one object.")
  var json = false

  mutating func run() async throws {
    let reader = try RemoteReader(server: server, configuration: try connection.configuration)
    let status: StatusResponse
    do {
      status = try await reader.status()
    } catch {
      await reader.close()
      throw error
    }
    await reader.close()
    try StandardOutput.write(json ? Self.json(status) + "\n" : Self.text(status))
  }

  private static func json(_ status: StatusResponse) -> String {
    let figures: [(String, UInt64)] = [
      ("durable_position", status.durablePosition), ("first_position", status.firstPosition),
      ("segments", status.segments), ("journal_bytes", status.journalBytes), ("archive_files", status.archiveFiles),
      ("archive_bytes", status.archiveBytes), ("compacted_position", status.compactedPosition),
      ("admitted_bytes", status.admittedBytes), ("admitted_bytes_max", status.admittedBytesMax),
    ]
    var members: [(String, JSONValue)] = [
      ("software_version", .string(status.softwareVersion)), ("log_id", .string(status.logID)),
    ]
    members += figures.map { ($0.0, .integer(Int64(clamping: $0.1))) }
    members.append(("gaps", .array(status.gaps.map(\.json))))
    members.append(("trimmed", .array(status.trimmed.map(\.json))))
    members.append(("cursors", .array(status.cursors.map(\.json))))
    let counters = status.counters.map { ($0.name, JSONValue.integer(Int64(clamping: $0.value))) }
    members.append(("counters", .object(counters)))
    let histograms = status.histograms.map { histogram in
      let buckets = zip(histogram.upperBounds, histogram.counts).map { bound, count in
        JSONValue.object([
          ("at_most", .integer(Int64(clamping: bound))), ("count", .integer(Int64(clamping: count))),
        ])
      }
      return (
        histogram.name,
        JSONValue.object([("buckets", .array(buckets)), ("sum", .integer(Int64(clamping: histogram.sum)))])
      )
    }
    members.append(("histograms", .object(histograms)))
    return JSONValue.object(members).text
  }

  private static func text(_ status: StatusResponse) -> String {
    var lines = [
      "version    \(status.softwareVersion)",
      "log        \(status.logID)",
      "positions  \(status.firstPosition) to \(status.durablePosition), compacted up to \(status.compactedPosition)",
      "journal    \(Figures.grouped(status.segments)) segments, \(Figures.bytes(status.journalBytes))",
      "archive    \(Figures.grouped(status.archiveFiles)) files, \(Figures.bytes(status.archiveBytes))",
      "memory     \(Figures.bytes(status.admittedBytes)) of \(Figures.bytes(status.admittedBytesMax)) for requests",
    ]
    for gap in status.gaps {
      lines.append("gap        positions \(gap.positions.lowerBound) to \(gap.positions.upperBound): \(gap.reason)")
    }
    lines += status.trimmed.map { "trimmed    \($0.gap.text)" }
    lines += status.cursors.map { cursor in
      "cursor     \(cursor.name) has all up to position \(cursor.position)\(cursor.model.map { " of model \($0)" } ?? "")"
    }
    let counters = status.counters.filter { $0.value > 0 }
    if !counters.isEmpty {
      lines.append("counted since the server started")
      lines += counters.map { "  \($0.name) \(Figures.grouped($0.value))" }
    }
    let histograms = status.histograms.filter { $0.count > 0 }
    if !histograms.isEmpty {
      lines.append("how they are spread: mean, and at most so much in half and in 99 of 100 cases")
      for histogram in histograms {
        let mean = histogram.sum / histogram.count
        let bounds = [0.5, 0.99].compactMap { histogram.upperBound(ofShare: $0) }.map(Figures.grouped)
        lines.append("  \(histogram.name) \(Figures.grouped(mean)), \(bounds.joined(separator: ", "))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
