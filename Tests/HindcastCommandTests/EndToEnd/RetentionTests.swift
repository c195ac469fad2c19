import ArgumentParser
import Foundation
import HindcastEvaluation
import HindcastFormat
import HindcastReplay
import HindcastStorage
import Testing

@testable import HindcastCommand

@Suite("Trimming and cursors", .serialized)
struct RetentionTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private var data: String { directory.path + "/log" }

  /// Ten predictions and their actuals on each of three days long ago, the last of them yesterday's. In the archive.
  private func fill() async throws {
    let yesterday = TimestampText.format(Int64(Date().timeIntervalSince1970 - 86_400) * 1_000_000)
    let days = ["2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z", yesterday]
    try await TestServer.with(data: data) { server in
      for (number, day) in days.enumerated() {
        let rows = (0..<10).map { "p\(number)-\($0),\(day),0.\($0),\($0 % 2)\n" }.joined()
        let predictions = try directory.file("p\(number).csv", "id,at,score,label\n" + rows)
        let truth = (0..<10).map { "p\(number)-\($0),\(day),\($0 % 2)\n" }.joined()
        let actuals = try directory.file("a\(number).csv", "id,at,truth\n" + truth)
        try await run([
          "import", "predictions", "--quiet", "--server", server.address, "--model", "m", "--time", "at", "--score",
          "score", "--label", "label", predictions,
        ])
        try await run([
          "import", "actuals", "--quiet", "--server", server.address, "--model", "m", "--time", "at", "--label",
          "truth", actuals,
        ])
      }
    }
    try await run(["compact", "--quiet", "--data", data])
  }

  private func files() throws -> Int {
    try FileInspection.files(ofDirectory: data).count { $0.hasSuffix(".archive") }
  }

  private func evaluate() async throws -> EvaluationReport {
    let command = try EvaluateCommand.parse(["--data", data, "--model", "m", "--every", "1d", "--quiet"])
    let options = try command.options
    return try await EventSource.with(command.source) { try await EvaluateCommand.evaluate(options, $0, isQuiet: true) }
  }

  private func replay(_ arguments: [String]) async throws -> ReplayReport {
    let command = try ReplayCommand.parse(arguments + ["--model", "m", "--quiet"])
    let address = try SinkAddress.parse(command.to)
    return try await EventSource.with(command.source) { try await command.deliver($0, command.query, address) }
  }

  @Test("trim says what it would do, does it, and evaluate, replay and verify tell of it")
  func trim() async throws {
    try await fill()
    #expect(try files() == 3)
    let before = try await evaluate()
    #expect(before.windows.count == 3 && before.trimmed.isEmpty)
    _ = try await replay(["--data", data, "--to", "jsonl:\(directory.path)/all.jsonl"])
    try await run(["trim", "--quiet", "--data", data, "--older-than", "365d", "--dry-run"])
    #expect(try files() == 3)
    try await run(["trim", "--quiet", "--data", data, "--older-than", "365d"])
    #expect(try files() == 1)

    let after = try await evaluate()
    #expect(after.windows == [before.windows[2]])
    #expect(after.gaps.isEmpty && after.trimmed.map(\.model) == ["m"])
    #expect(after.notes.contains { $0.hasPrefix("retention has dropped events up to 2021-01-01T00:00:00") })
    // A place that was filled before needs nothing of what is gone, and is not told of it.
    let known = try await replay(["--data", data, "--to", "jsonl:\(directory.path)/all.jsonl"])
    #expect(known.rowCount == 0 && known.trimmed.isEmpty)
    let new = try await replay(["--data", data, "--to", "jsonl:\(directory.path)/new.jsonl"])
    #expect(new.rowCount == 20 && new.gapCount == 0)
    #expect(new.trimmed.map(\.kind) == [.trimmed] && new.trimmed[0].reason == "retention dropped 40 rows in 2 files")
    #expect(new.toCheckpoint == known.toCheckpoint)
    #expect(
      new.trimmed[0].text.hasPrefix(
        "retention dropped 40 rows in 2 files of model m, from 2020-01-01T00:00:00.000000Z to 2021-01-01T00:00:00"))
    try await run(["verify", "--quiet", "--data", data])
    #expect(try LogVerifier.verify(directory: data).trimmed.map(\.rows) == [40])
  }

  @Test("the summary of a trimming names files and reasons, in JSON and for people")
  func summaries() async throws {
    try await fill()
    try await run(["cursors", "set", "held", "--data", data, "--position", "2", "--model", "m"])
    let reader = try LogStore.open(directory: data, mode: .readOnly)
    let report = try reader.trim(RetentionPolicy(ageMax: 365 * 86_400_000_000), isDryRun: true)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(TrimCommand.json(report, isDryRun: true).utf8)) as? [String: Any])
    #expect(object["dry_run"] as? Bool == true)
    #expect(object["dropped_files"] as? Int == 1 && object["dropped_rows"] as? Int == 20)
    let dropped = try #require(object["dropped"] as? [[String: Any]])
    #expect(dropped.first?["reason"] as? String == "age")
    #expect((dropped.first?["file"] as? String)?.hasPrefix("archive/m/2020-01-01-") == true)
    let kept = try #require(object["kept"] as? [[String: Any]])
    #expect(kept.map { $0["reason"] as? String } == ["the cursor held has not got all of it"])
    let text = TrimCommand.text(report, isDryRun: true)
    #expect(text.hasPrefix("would drop 1 files (1 by age) with 20 rows: "))
    #expect(text.contains("kept 1 files, ") && text.contains(": the cursor held has not got all of it\n"))
    #expect(text.contains("  retention dropped 20 rows in 1 files of model m, from 2020-01-01"))
  }

  @Test("cursors are set, moved, listed and removed, in a directory and through a server")
  func cursors() async throws {
    try await fill()
    func cursors() throws -> [String] {
      try LogStore.open(directory: data, mode: .readOnly).cursors.map { "\($0.name) \($0.position) \($0.model ?? "-")" }
    }
    try await run(["cursors", "set", "a", "--data", data, "--position", "3"])
    try await run(["cursors", "--data", data])
    #expect(try cursors() == ["a 3 -"])
    await #expect(throws: StorageError.self) {
      try await run(["cursors", "set", "a", "--data", data, "--position", "2"])
    }
    try await run(["cursors", "set", "a", "--data", data, "--position", "2", "--model", "m", "--reset"])
    #expect(try cursors() == ["a 2 m"])
    // A directory that is not there is not made.
    await #expect(throws: StorageError.self) {
      try await run(["cursors", "set", "a", "--data", data + "x", "--position", "0"])
    }
    #expect(!FileManager.default.fileExists(atPath: data + "x"))
    try await TestServer.with(data: data) { server in
      await #expect(throws: StorageError.self, "a server holds the directory") {
        try await run(["cursors", "remove", "a", "--data", data])
      }
      try await run(["cursors", "set", "b", "--server", server.address, "--position", "1"])
      try await run(["cursors", "list", "--server", server.address, "--json"])
      try await run(["status", "--server", server.address, "--json"])
      #expect(try cursors() == ["a 2 m", "b 1 -"])
      let back = await #expect(throws: (any Error).self) {
        try await run(["cursors", "set", "b", "--server", server.address, "--position", "0"])
      }
      #expect("\(back.map { "\($0)" } ?? "")".contains("stands at position 1"))
      try await run(["cursors", "remove", "a", "--server", server.address])
      #expect(try cursors() == ["b 1 -"])
    }
  }

  @Test("a replay moves its cursor behind what it has committed, and retention waits for that")
  func replayMovesCursor() async throws {
    try await fill()
    let sink = "jsonl:\(directory.path)/rows.jsonl"
    let durable = try await TestServer.with(data: data) { server in
      let report = try await replay(["--server", server.address, "--to", sink, "--cursor", "rows"])
      #expect(report.rowCount == 60)
      return report.toCheckpoint
    }
    let cursor = try #require(try LogStore.open(directory: data, mode: .readOnly).cursors.first)
    #expect(cursor.name == "rows" && cursor.position == durable && cursor.model == "m")

    // Another place under the same name has less than the cursor promises.
    try await TestServer.with(data: data) { server in
      let error = await #expect(throws: (any Error).self) {
        _ = try await replay(
          ["--server", server.address, "--to", "jsonl:\(directory.path)/other.jsonl", "--cursor", "rows"])
      }
      #expect(error.map { "\($0)" }?.contains("a cursor only moves forward") == true)
    }
    try await run(["trim", "--quiet", "--data", data, "--older-than", "365d"])
    #expect(try files() == 1)
  }

  @Test("a cursor that a replay has just made holds what it has not delivered yet")
  func newCursorHolds() async throws {
    try await fill()
    try await run(["cursors", "set", "rows", "--data", data, "--position", "0", "--model", "m"])
    try await run(["trim", "--quiet", "--data", data, "--older-than", "365d"])
    #expect(try files() == 3)
    try await run(["trim", "--quiet", "--data", data, "--older-than", "365d", "--ignore-cursors"])
    #expect(try files() == 1)
  }
}
