/// What a run found, as text for people or as one JSON object.
struct FormatReport {
  var run: FormatRun
  var withColumns: Bool

  var text: String {
    var lines: [String] = []
    if withColumns {
      lines = run.columns.map { "\(rounded(perEvent($0.byteCount), 1e3))\t\($0.name)\t\($0.encoding)" }
    }
    let megabytes = Double(run.rawByteCount) / 1e6
    lines.append(
      "\(run.rowCount) rows: \(rounded(perEvent(run.byteCount), 1e3)) bytes an event, "
        + "encode \(rounded(megabytes / run.encodeSeconds, 1)) MB/s, "
        + "decode \(rounded(megabytes / run.decodeSeconds, 1)) MB/s, "
        + "chosen columns \(rounded(run.chosenSeconds * 1e3, 1e2)) ms, "
        + "with ids and times \(rounded(run.chosenAsReadSeconds * 1e3, 1e2)) ms")
    return lines.joined(separator: "\n")
  }

  var json: String {
    var fields: [(String, String)] = [
      ("rows", "\(run.rowCount)"), ("blocks", "\(run.blockCount)"), ("raw_bytes", "\(run.rawByteCount)"),
      ("bytes", "\(run.byteCount)"), ("framed_bytes", "\(run.framedByteCount)"),
      ("bytes_an_event", "\(perEvent(run.byteCount))"), ("encode_seconds", "\(run.encodeSeconds)"),
      ("decode_seconds", "\(run.decodeSeconds)"), ("chosen_seconds", "\(run.chosenSeconds)"),
      ("chosen_with_ids_and_times_seconds", "\(run.chosenAsReadSeconds)"),
    ]
    if withColumns {
      let columns = run.columns.map {
        #"{"name":\#(quoted($0.name)),"bytes":\#($0.byteCount),"encoding":\#(quoted($0.encoding))}"#
      }
      fields.append(("columns", "[\(columns.joined(separator: ","))]"))
    }
    return "{" + fields.map { #""\#($0)":\#($1)"# }.joined(separator: ",") + "}"
  }

  private func perEvent(_ byteCount: Int) -> Double { Double(byteCount) / Double(run.rowCount) }

  private func rounded(_ value: Double, _ digits: Double) -> Double { (value * digits).rounded() / digits }

  /// Names have no control characters: blocks with such are refused.
  private func quoted(_ text: String) -> String {
    "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
  }
}
