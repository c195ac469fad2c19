/// A table's transaction log: `_delta_log/` with one JSON file a version, each one commit.
/// Source: delta-io/delta, PROTOCOL.md, reader version 1 and writer version 2.
///
/// It is read whole, which is quick up to some ten thousand commits; we write no checkpoint files. Our tables tell other
/// writers not to clean the log up, and a log whose beginning is missing is refused.
struct DeltaLog {
  let table: String
  private(set) var version: Int64 = -1
  /// The latest `metaData` action, verbatim.
  private(set) var metadata: JSONValue?
  /// The latest version of each application's transactions.
  private(set) var transactions: [String: Int64] = [:]
  /// Every data file that any version names, also those removed since.
  private(set) var files: Set<String> = []

  static let folderName = "_delta_log"
  static let temporaryPrefix = ".hindcast-"
  static let readerVersion: Int64 = 1
  static let writerVersion: Int64 = 2

  private var folder: String { "\(table)/\(Self.folderName)" }

  /// Reads what there is; no version at all is an empty log.
  init(_ table: String) throws(ReplayError) {
    self.table = table
    guard try Posix.information(folder) != nil else { return }
    let names = try Posix.names(in: folder)
    for name in names {
      guard let number = Self.version(of: name) else { continue }
      guard number == version + 1 else { throw incomplete(missing: version + 1) }
      try read(name)
      version = number
    }
    if version < 0, names.contains(where: { $0.hasSuffix(".parquet") || $0 == "_last_checkpoint" }) {
      throw incomplete(missing: 0)
    }
  }

  /// The names of temporary files in the log's folder: what interrupted commits left.
  func leftovers() throws(ReplayError) -> [String] {
    guard try Posix.information(folder) != nil else { return [] }
    return try Posix.names(in: folder).filter { $0.hasPrefix(Self.temporaryPrefix) }.map { "\(folder)/\($0)" }
  }

  /// Writes the next version: durable when it returns. Throws `busy`, and changes nothing, if another writer was first.
  mutating func commit(_ actions: [JSONValue]) throws(ReplayError) {
    try Posix.makeDirectory(folder)
    var text: [UInt8] = []
    for action in actions {
      action.append(to: &text)
      text.append(UInt8(ascii: "\n"))
    }
    let temporary = "\(folder)/\(Self.temporaryPrefix)\(RandomName.make()).tmp"
    let target = "\(folder)/\(Self.name(of: version + 1))"
    let file = try OutputFile(temporary, .new)
    try file.write(text)
    try file.synchronize()
    let isFirst = try Posix.link(temporary, to: target)
    try Posix.remove(temporary)
    guard isFirst else {
      throw ReplayError(
        .busy, "\(target) was written by another writer during this replay; nothing was added, run the replay again")
    }
    try Posix.synchronizeDirectory(folder)
    version += 1
    try apply(text, source: target)
  }

  private mutating func read(_ name: String) throws(ReplayError) {
    let path = "\(folder)/\(name)"
    try apply(try Posix.readAll(path), source: path)
  }

  private mutating func apply(_ text: [UInt8], source: String) throws(ReplayError) {
    for (index, line) in text.split(separator: UInt8(ascii: "\n")).enumerated() {
      let action = try JSONParser.parse(line, source: "line \(index + 1) of \(source)")
      if let added = action["add"] ?? action["remove"], let path = added["path"]?.string { files.insert(path) }
      if let metadata = action["metaData"] { self.metadata = metadata }
      if let transaction = action["txn"], let application = transaction["appId"]?.string,
        let version = transaction["version"]?.integer
      {
        transactions[application] = version
      }
      if let newest = action["protocol"] { try check(newest) }
    }
  }

  private func check(_ newest: JSONValue) throws(ReplayError) {
    guard let reader = newest["minReaderVersion"]?.integer, let writer = newest["minWriterVersion"]?.integer,
      reader <= Self.readerVersion, writer <= Self.writerVersion
    else {
      throw ReplayError(
        .unsupported,
        "the Delta table \(table) was changed to need a newer protocol than reader \(Self.readerVersion) and writer "
          + "\(Self.writerVersion), which is what a replay writes; replay into a new folder")
    }
  }

  private func incomplete(missing version: Int64) -> ReplayError {
    ReplayError(
      .unsupported,
      "the log of the Delta table \(table) lacks \(Self.name(of: version)): another tool has cleaned it up, and a replay "
        + "reads the JSON log from its beginning; replay into a new folder")
  }

  private static func name(of version: Int64) -> String {
    let digits = String(version)
    return String(repeating: "0", count: 20 - digits.count) + digits + ".json"
  }

  /// nil for other files: checkpoints, checksums, our own temporary ones.
  private static func version(of name: String) -> Int64? {
    guard name.utf8.count == 25, name.hasSuffix(".json") else { return nil }
    return Int64(name.dropLast(5))
  }
}
