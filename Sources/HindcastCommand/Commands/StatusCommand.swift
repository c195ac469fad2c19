internal import ArgumentParser
internal import Hindcast
internal import HindcastFormat
internal import HindcastReplay
internal import HindcastWire

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Say how a server is: positions, bytes, memory, gaps, counters.",
    discussion: "Exits 1 if the server does not answer, so it can serve as a probe.")

  @Option(help: ArgumentHelp("The server. Port 7400 if none is given.", valueName: "host:port"))
  var server = "127.0.0.1:7400"

  @Flag(help: "Print JSON.")
  var json = false

  mutating func run() async throws {
    let reader = try RemoteReader(server: server)
    let status: StatusResponse
    do {
      status = try await reader.status()
    } catch {
      await reader.close()
      throw error
    }
    await reader.close()
    let figures: [(String, UInt64)] =
      [
        ("durable_position", status.durablePosition), ("first_position", status.firstPosition),
        ("compacted_position", status.compactedPosition), ("segments", status.segments),
        ("journal_bytes", status.journalBytes), ("archive_files", status.archiveFiles),
        ("archive_bytes", status.archiveBytes), ("admitted_bytes", status.admittedBytes),
        ("admitted_bytes_max", status.admittedBytesMax),
      ] + status.counters.map { ($0.name, $0.value) }
    if json {
      let head: [(String, JSONValue)] = [
        ("software_version", .string(status.softwareVersion)), ("log_id", .string(status.logID)),
      ]
      let gaps = status.gaps.map { gap in
        JSONValue.object([
          ("first_position", .integer(Int64(clamping: gap.positions.lowerBound))),
          ("last_position", .integer(Int64(clamping: gap.positions.upperBound))), ("reason", .string(gap.reason)),
        ])
      }
      let members = head + figures.map { ($0.0, JSONValue.integer(Int64(clamping: $0.1))) } + [("gaps", .array(gaps))]
      try StandardOutput.write(JSONValue.object(members).text + "\n")
      return
    }
    var table = TextTable(["server", ">\(server)"])
    table.add(["software_version", status.softwareVersion])
    table.add(["log_id", status.logID])
    for (name, value) in figures { table.add([name, Figures.grouped(value)]) }
    try StandardOutput.write(table.text())
    for gap in status.gaps {
      try StandardOutput.write("gap \(gap.positions.lowerBound) to \(gap.positions.upperBound): \(gap.reason)\n")
    }
  }
}
