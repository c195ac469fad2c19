internal import Hindcast
internal import HindcastReplay

/// What a benchmark's run says, for people and for scripts.
struct BenchReport {
  var result: BenchRun.Result
  var taskCount: Int
  var isServerInProcess: Bool
  /// nil: the log is another server's.
  var sizes: BenchSizes?

  private var counters: HindcastClient.Counters { result.counters }
  private var eventCount: Double { Double(max(1, counters.acknowledged)) }
  private var eventsPerSecond: Double { eventCount / result.seconds }
  private var bytesPerEvent: Double { Double(counters.acknowledgedBytes) / eventCount }

  var text: String {
    let nanosecondsPerCall = result.loggingSeconds * 1e9 * Double(taskCount) / eventCount
    let microsecondsPerEvent = result.processorSeconds * 1e6 / eventCount
    let seconds = Figures.decimals(result.seconds, 2)
    let blocks = Figures.grouped(counters.acknowledgedBlocks)
    let who = isServerInProcess ? "client and server" : "client"
    var lines = [
      ("events", "\(Figures.grouped(counters.acknowledged)) durable in \(seconds) s, from \(taskCount) tasks"),
      ("rate", "\(Figures.grouped(Int(eventsPerSecond))) events/s"),
      ("size", "\(Figures.decimals(bytesPerEvent, 1)) bytes an event, in \(blocks) blocks"),
      ("log()", "\(Figures.decimals(nanosecondsPerCall, 0)) ns a call, waiting for room included"),
      ("processor", "\(Figures.decimals(microsecondsPerEvent, 2)) us an event, \(who)"),
      ("lost", "\(counters.dropped) dropped, \(counters.rejected) rejected; \(counters.resent) sent again"),
    ]
    if let sizes {
      let raw = Figures.decimals(sizes.rawBytesPerEvent, 1)
      let compacted = Figures.decimals(sizes.compactedBytesPerEvent, 1)
      let seconds = Figures.decimals(sizes.compactionSeconds, 2)
      lines.insert(("raw", "\(raw) bytes an event, as plain values"), at: 2)
      lines.insert(("compacted", "\(compacted) bytes an event, \(seconds) s of compaction"), at: 4)
    }
    return lines.map { name, value in
      name + String(repeating: " ", count: 13 - name.count) + value + "\n"
    }.joined()
  }

  var json: JSONValue {
    var members: [(String, JSONValue)] = []
    members.append(("events", .integer(Int64(counters.acknowledged))))
    members.append(("tasks", .integer(Int64(taskCount))))
    members.append(("seconds", .number(result.seconds)))
    members.append(("events_per_second", .number(eventsPerSecond)))
    members.append(("logging_seconds", .number(result.loggingSeconds)))
    members.append(("bytes_per_event", .number(bytesPerEvent)))
    members.append(("blocks", .integer(Int64(counters.acknowledgedBlocks))))
    members.append(("processor_seconds", .number(result.processorSeconds)))
    members.append(("server_in_process", .boolean(isServerInProcess)))
    members.append(("logged", .integer(Int64(counters.logged))))
    members.append(("sent", .integer(Int64(counters.sent))))
    members.append(("resent", .integer(Int64(counters.resent))))
    members.append(("dropped", .integer(Int64(counters.dropped))))
    members.append(("rejected", .integer(Int64(counters.rejected))))
    if let sizes {
      members.append(("raw_bytes_per_event", .number(sizes.rawBytesPerEvent)))
      members.append(("compacted_bytes_per_event", .number(sizes.compactedBytesPerEvent)))
      members.append(("compaction_seconds", .number(sizes.compactionSeconds)))
    }
    return .object(members)
  }
}
