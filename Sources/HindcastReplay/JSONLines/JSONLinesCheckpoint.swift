/// What stands beside a file of JSON lines: up to which position and which byte it is complete, and what it was filled
/// with. Replaced whole, so it is never half written.
struct JSONLinesCheckpoint {
  var position: UInt64 = 0
  var byteCount = 0
  private var selection: String
  private var log: String?

  init(_ selection: ReplaySelection) {
    self.selection = selection.text
    log = selection.log
  }

  /// nil if there is none.
  static func read(_ path: String) throws(ReplayError) -> JSONLinesCheckpoint? {
    guard try Posix.information(path) != nil else { return nil }
    let value = try JSONParser.parse(try Posix.readAll(path), source: path)
    guard let position = value["position"]?.integer.flatMap({ UInt64(exactly: $0) }),
      let byteCount = value["bytes"]?.integer.flatMap({ Int(exactly: $0) }), byteCount >= 0,
      let selection = value["selection"]?.string
    else {
      throw ReplayError(
        .damagedSink, "\(path) is no checkpoint of a replay; move it and its file away and replay again")
    }
    return JSONLinesCheckpoint(
      position: position, byteCount: byteCount, selection: selection, log: value["log"]?.string)
  }

  private init(position: UInt64, byteCount: Int, selection: String, log: String?) {
    self.position = position
    self.byteCount = byteCount
    self.selection = selection
    self.log = log
  }

  func check(_ selection: ReplaySelection, file: String) throws(ReplayError) {
    try selection.check(recordedText: self.selection, recordedLog: log, sink: file)
  }

  /// Durable when it returns; before, the old one stands.
  func write(_ path: String) throws(ReplayError) {
    let temporary = path + ".tmp"
    try Posix.remove(temporary)
    let file = try OutputFile(temporary, .new)
    var text: [UInt8] = []
    JSONValue.object([
      ("position", .integer(Int64(clamping: position))),
      ("bytes", .integer(Int64(byteCount))),
      ("selection", .string(selection)),
      ("log", log.map { .string($0) } ?? .null),
    ]).append(to: &text)
    try file.write(text + [UInt8(ascii: "\n")])
    try file.synchronize()
    try Posix.rename(temporary, to: path)
    try Posix.synchronizeDirectory(Posix.parent(of: path))
  }
}
