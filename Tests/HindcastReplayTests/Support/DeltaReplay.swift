import HindcastFormat
import HindcastReplay

/// Replays into `FOLDER/table`, as often as a test likes.
struct DeltaReplay {
  let folder: TemporaryFolder
  var query = ReadQuery()
  var choice = ColumnChoice.all
  var log: String?
  var commitRows = 1

  init(_ folder: TemporaryFolder, model: String? = nil) {
    self.folder = folder
    query.model = model
  }

  var directory: String { "\(folder.path)/table" }

  /// Everything in `items` from the checkpoint on, with a sink of its own. Rows are delivered up to the item at which the
  /// source breaks off.
  @discardableResult
  func run(_ items: [StoredItem], itemsMax: Int = .max) async throws -> ReplayReport {
    var sink = DeltaSink(directory: directory, now: { 1_790_000_000_000 })
    let report = try await Replay.run(
      source: HeldItems(items, itemsMax: itemsMax), sink: &sink, query: query, choice: choice, log: log,
      commitRows: commitRows)
    try sink.close()
    return report
  }

  func table(_ name: String) throws -> DeltaTableReader { try DeltaTableReader("\(directory)/\(name)") }
}
