import ArgumentParser
import Foundation
import HindcastEvaluation
import HindcastReplay
import HindcastStorage
import Testing

@testable import HindcastCommand

/// The files that the evaluation's own tests hold to scikit-learn, here taken all the way: import, server, compaction.
private enum Reference {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "HindcastEvaluationTests/Resources")

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  static func expected() throws -> [[String]] {
    try String(contentsOfFile: path("expected.csv"), encoding: .utf8).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",").map(String.init) }
  }

  static func lines(_ name: String) throws -> Int {
    try String(contentsOfFile: path(name), encoding: .utf8).split(separator: "\n").count - 1
  }
}

@Suite("From files to figures and tables", .serialized)
struct ReferenceTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private var data: String { directory.path + "/log" }

  private func importReference(_ server: TestServer) async throws {
    try await run([
      "import", "predictions", "--quiet", "--server", server.address, "--model", "m", "--version", "1", "--time-unit",
      "us",
      "--score", "score", "--label", "label", Reference.path("predictions.csv"),
    ])
    try await run([
      "import", "actuals", "--quiet", "--server", server.address, "--model", "m", "--version", "1", "--label", "label",
      Reference.path("actuals.csv"),
    ])
  }

  private func evaluate(_ source: [String]) async throws -> EvaluationReport {
    let command = try EvaluateCommand.parse(source + ["--model", "m", "--every", "200", "--quiet"])
    let options = try command.options
    return try await EventSource.with(command.source) { try await EvaluateCommand.evaluate(options, $0, isQuiet: true) }
  }

  private func expectReference(_ report: EvaluationReport, _ place: String) throws {
    let expected = try Reference.expected()
    #expect(report.windows.count == expected.count, "\(place)")
    for (window, row) in zip(report.windows, expected) {
      #expect(window.rows == Int(row[0]), "\(place)")
      #expect(window.labelled == Int(row[1]), "\(place)")
      for (metric, text) in zip(Metric.allCases, row.dropFirst(6)) {
        let value = try #require(window.metrics[metric])
        let reference = try #require(Double(text))
        #expect(abs(value - reference) <= 1e-9, "\(place): \(metric.rawValue) of the window at \(window.start)")
      }
    }
  }

  @Test(
    "import, then evaluate from the server and from the directory, before and after compaction: scikit-learn's figures")
  func evaluation() async throws {
    let before = try await TestServer.with(data: data) { server in
      try await importReference(server)
      let report = try await evaluate(["--server", server.address])
      try expectReference(report, "server")
      #expect(try await evaluate(["--data", data]) == report, "beside the running server")
      return report
    }
    try expectReference(before, "directory")
    try await run(["compact", "--quiet", "--data", data])
    let segments = try FileInspection.files(ofDirectory: data).filter { $0.hasSuffix(".segment") }
    #expect(segments.isEmpty, "everything is in the archive")
    #expect(try await evaluate(["--data", data]) == before)
    let after = try await TestServer.with(data: data) { try await evaluate(["--server", $0.address]) }
    #expect(after == before)
    try await run(["verify", "--quiet", "--data", data])
  }

  @Test("importing the same files twice changes no figure")
  func twice() async throws {
    let (once, again) = try await TestServer.with(data: data) { server in
      try await importReference(server)
      let once = try await evaluate(["--server", server.address])
      try await importReference(server)
      return (once, try await evaluate(["--server", server.address]))
    }
    #expect(again.windows == once.windows)
    #expect(again.total == once.total)
  }

  @Test(
    "a second replay into JSON lines or a Delta table adds nothing, also after compaction",
    arguments: ["jsonl", "delta"])
  func replayTwice(kind: String) async throws {
    try await TestServer.with(data: data) { try await importReference($0) }
    let place = "\(kind):\(directory.path)/out"
    func replay() async throws -> Int {
      let command = try ReplayCommand.parse(["--data", data, "--model", "m", "--to", place])
      let address = try SinkAddress.parse(place)
      return try await EventSource.with(command.source) {
        try await command.deliver($0, command.query, address).rowCount
      }
    }
    let rows = try Reference.lines("predictions.csv") + Reference.lines("actuals.csv")
    #expect(try await replay() == rows)
    #expect(try await replay() == 0)
    try await run(["compact", "--quiet", "--data", data])
    #expect(try await replay() == 0)
    if kind == "jsonl" {
      let text = try String(contentsOfFile: "\(directory.path)/out", encoding: .utf8)
      #expect(text.split(separator: "\n").count == rows)
    }
  }

  @Test("a damaged byte makes verify end with status 2")
  func damage() async throws {
    try await TestServer.with(data: data) { try await importReference($0) }
    try await run(["verify", "--quiet", "--data", data])
    let segment = try #require(try FileInspection.files(ofDirectory: data).first { $0.hasSuffix(".segment") })
    let file = try FileHandle(forUpdating: URL(filePath: segment))
    try file.seek(toOffset: 600)
    let byte = try #require(try file.read(upToCount: 1)).first ?? 0
    try file.seek(toOffset: 600)
    try file.write(contentsOf: [byte ^ 1])
    try file.close()
    let error = await #expect(throws: (any Error).self) { try await run(["verify", "--json", "--data", data]) }
    #expect(error.map { HindcastCommand.exitCode(for: $0).rawValue } == 2)
  }
}
