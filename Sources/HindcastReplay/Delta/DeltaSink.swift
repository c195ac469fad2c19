package import HindcastFormat

/// Fills a folder with Delta Lake tables, one a kind of event: `predictions`, `actuals`, and, once there are such events,
/// `attributions`, `assessments` and `losses`. `DeltaColumnName` says how their columns are called.
///
/// Each table is committed on its own and holds its own checkpoint. A replay that dies between two tables' commits goes on
/// from the lower one, and the table that was further passes over what it has. Only one replay of this machine fills a
/// folder at a time; two on different machines cannot both commit.
package final class DeltaSink: ReplaySink {
  private let directory: String
  private let now: () -> Int64
  private let compressor = ByteCompressor()
  private var lock: FileLock?
  private var selection: ReplaySelection?
  /// By kind; in the order of kinds when they are committed.
  private(set) var tables: [EventKind: DeltaTable] = [:]

  static let folders: [(kind: EventKind, name: String)] = [
    EventKind.prediction, .actual, .attribution, .assessment, .loss,
  ].map { ($0, $0.plural) }
  /// These stand from the first commit on, even if empty, so that a join of them always finds both.
  private static let standing: Set<EventKind> = [.prediction, .actual]
  private static let lockName = ".hindcast-replay.lock"

  /// Touches nothing yet. `now` gives the time for the logs, in milliseconds since 1970 UTC.
  package init(directory: String, now: (() -> Int64)? = nil) {
    self.directory = directory
    self.now = now ?? { Posix.now() }
  }

  package var acceptedKinds: Set<EventKind> { Set(Self.folders.map(\.kind)) }

  /// Makes the folder or opens the tables in it. Throws `notOurs` for a folder with other things and no table of ours, or
  /// with tables of another selection, and `busy` while another replay fills it. What is refused as not ours stays as it is.
  package func begin(_ selection: ReplaySelection) throws {
    try checkFolder()
    // Before the lock's file is made. Until the lock is ours another replay may commit, so what was read is not kept.
    _ = try openTables(selection)
    try Posix.makeDirectory(directory)
    lock = try FileLock("\(directory)/\(Self.lockName)", sink: "the folder \(directory)")
    self.selection = selection
    tables = try openTables(selection)
    for table in tables.values { try table.removeLeftovers() }
  }

  /// That of the table that is least far. Kinds without a table have had no event so far.
  package func checkpoint() throws -> UInt64 { tables.values.map(\.checkpoint).min() ?? 0 }

  package func write(_ rows: ReplayRows) throws {
    guard let selection else { preconditionFailure("a sink is begun before it is written to") }
    let kind = rows.block.stream.kind
    if tables[kind] == nil { tables[kind] = try openTable(kind, selection) }
    try tables[kind]!.write(rows)
  }

  package func commit(upTo position: UInt64) throws {
    for (kind, _) in Self.folders { try tables[kind]?.commit(upTo: position) }
  }

  package func close() throws {
    tables = [:]
    lock = nil
  }

  private func path(_ kind: EventKind) throws(ReplayError) -> String {
    guard let folder = Self.folders.first(where: { $0.kind == kind }) else {
      throw ReplayError(.unsupported, "a Delta sink has no table for events of kind \(kind.word)")
    }
    return "\(directory)/\(folder.name)"
  }

  /// The tables that stand or shall. A folder alone is what a replay left that never came to its first commit: its events
  /// lie at positions that the other tables may have passed, so it counts as a table that has nothing yet.
  private func openTables(_ selection: ReplaySelection) throws -> [EventKind: DeltaTable] {
    let kinds = selection.query.kinds
    var tables: [EventKind: DeltaTable] = [:]
    for (kind, _) in Self.folders where kinds.isEmpty || kinds.contains(kind) {
      if try Self.standing.contains(kind) || kinds.contains(kind) || Posix.information(path(kind)) != nil {
        tables[kind] = try openTable(kind, selection)
      }
    }
    return tables
  }

  private func openTable(_ kind: EventKind, _ selection: ReplaySelection) throws(ReplayError) -> DeltaTable {
    try DeltaTable(path(kind), kind: kind, selection: selection, compressor: compressor, now: now)
  }

  /// A folder with other things in it must already hold a table of ours; then what else lies there is its owner's affair.
  private func checkFolder() throws(ReplayError) {
    guard let information = try Posix.information(directory) else { return }
    guard information.isDirectory else {
      throw ReplayError(.notOurs, "\(directory) is a file; name a folder for the tables")
    }
    let names = try Posix.names(in: directory)
    guard !names.contains(DeltaLog.folderName) else {
      throw ReplayError(
        .notOurs, "\(directory) is itself a Delta table; name the folder that holds (or shall hold) the tables")
    }
    let ours = Set(Self.folders.map(\.name)).union([Self.lockName])
    guard let foreign = names.first(where: { !ours.contains($0) }) else { return }
    for (kind, _) in Self.folders where try DeltaTable.stands(at: path(kind)) { return }
    throw ReplayError(
      .notOurs, "\(directory) holds \(foreign) and no table of a replay; name an empty or a new folder")
  }
}
