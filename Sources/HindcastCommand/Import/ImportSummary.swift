internal import Hindcast
internal import HindcastFormat
internal import HindcastReplay

/// What became of an import.
struct ImportSummary {
  /// Rows handed to the SDK.
  var rows = 0
  /// Rows that could not be read and were passed over.
  var badRows = 0
  var counters: HindcastClient.Counters
  var seconds = 0.0

  init(counters: HindcastClient.Counters) { self.counters = counters }

  /// One object, for scripts.
  var json: String {
    let counts: [(String, Int)] = [
      ("rows", rows), ("bad_rows", badRows), ("acknowledged", counters.acknowledged), ("rejected", counters.rejected),
      ("dropped", counters.dropped), ("blocks", counters.acknowledgedBlocks),
      ("stored_bytes", counters.acknowledgedBytes),
      ("connections", counters.connections),
    ]
    let members = counts.map { ($0.0, JSONValue.integer(Int64($0.1))) } + [("seconds", JSONValue.number(seconds))]
    return JSONValue.object(members).text
  }

  /// One line for people.
  func text(kind: EventKind) -> String {
    let rate = seconds > 0 ? Int(Double(counters.acknowledged) / seconds) : 0
    var text =
      "\(Figures.grouped(counters.acknowledged)) \(kind.plural) are on disk: "
      + "\(Figures.grouped(counters.acknowledgedBlocks)) blocks, \(Figures.bytes(counters.acknowledgedBytes)), "
      + "\(Figures.decimals(seconds, 1)) s, \(Figures.grouped(rate))/s"
    if badRows > 0 { text += "; \(Figures.grouped(badRows)) bad rows were passed over" }
    return text
  }
}
