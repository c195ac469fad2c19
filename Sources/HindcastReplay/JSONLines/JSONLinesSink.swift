/// Writes one JSON object a row to a file or to standard output. `JSONRowWriter` says what a row looks like.
///
/// A plain file cannot hold a transaction, so `FILE.checkpoint` holds, from each commit, the position and how long the
/// file was. The next replay cuts the file to that length and goes on, so rows that were never committed come once all
/// the same. Whoever reads the file while a replay runs may see rows that have not been committed.
/// Standard output has no checkpoint: every replay starts at the beginning of what the query asks for.
package final class JSONLinesSink: ReplaySink {
  private let path: String
  private var file: OutputFile?
  private var lock: FileLock?
  private var checkpointFile: JSONLinesCheckpoint?
  private var writer = JSONRowWriter()
  private var reached: UInt64 = 0

  private var isStandardOutput: Bool { path == "-" }

  /// Touches nothing yet. `-` is standard output.
  package init(_ path: String) { self.path = path }

  /// Throws `notOurs` for a file that no replay, or a replay of another selection, has written, `damagedSink` for one
  /// that lost what was committed to it, and `busy` while another replay fills it.
  package func begin(_ selection: ReplaySelection) throws {
    guard !isStandardOutput else {
      file = try OutputFile(path, .standardOutput)
      return
    }
    if try Posix.information(path)?.isDirectory == true {
      throw ReplayError(.notOurs, "\(path) is a folder; name a file for the JSON lines")
    }
    try Posix.makeDirectory(Posix.parent(of: path))
    // Makes the file if there is none; an empty one is as good as none.
    lock = try FileLock(path, sink: path)
    let checkpointPath = path + ".checkpoint"
    var checkpoint = try JSONLinesCheckpoint.read(checkpointPath)
    let isEmpty = try Posix.information(path)?.byteCount == 0
    guard checkpoint != nil || isEmpty else {
      throw ReplayError(
        .notOurs, "\(path) has no \(checkpointPath), so no replay has written it; move it away or name another file")
    }
    try checkpoint?.check(selection, file: path)
    // The checkpoint stands before the file has a byte: a file without one is not ours.
    if checkpoint == nil {
      checkpoint = JSONLinesCheckpoint(selection)
      try checkpoint!.write(checkpointPath)
    }
    let file = try OutputFile(path, .existing)
    guard file.byteCount >= checkpoint!.byteCount else {
      throw ReplayError(
        .damagedSink,
        "\(path) has \(file.byteCount) bytes, \(checkpoint!.byteCount) were committed; remove it and \(checkpointPath), "
          + "and replay again")
    }
    try file.truncate(to: checkpoint!.byteCount)
    self.file = file
    checkpointFile = checkpoint
    reached = checkpoint!.position
  }

  package func checkpoint() throws -> UInt64 { reached }

  package func write(_ rows: ReplayRows) throws {
    guard let file else { preconditionFailure("a sink is begun before it is written to") }
    try writer.write(rows, to: file)
  }

  package func commit(upTo position: UInt64) throws {
    guard let file else { preconditionFailure("a sink is begun before it is committed") }
    guard !isStandardOutput else { return try file.flush() }
    try file.synchronize()
    checkpointFile!.position = position
    checkpointFile!.byteCount = file.byteCount
    try checkpointFile!.write(path + ".checkpoint")
    reached = position
  }

  package func close() throws {
    if isStandardOutput { try file?.flush() }
    file = nil
    lock = nil
  }
}
