import ArgumentParser
import Foundation
import Hindcast
import HindcastEvaluation
import HindcastFormat
import HindcastReplay
import HindcastStorage
import HindcastWire
import Testing

@testable import HindcastCommand

/// Losses all the way: sent by a client that knows the .proto files, told by every command that adds something up.
@Suite("Losses from a client to figures and tables", .serialized)
struct LossTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private var data: String { directory.path + "/log" }
  private static let start: Int64 = 1_590_000_000_000_000

  private static func losses(_ counts: [Int64], reason: String, kind: String = "prediction", at time: Int64 = 0)
    -> Block
  {
    func texts(_ name: String, _ text: String) -> Column {
      Column(ColumnSchema(name, role: .system, type: .string), .strings(ByteStrings(counts.map { _ in text })))
    }
    let times = counts.map { _ in start + time }
    return Block(
      stream: StreamKey(kind: .loss, model: "m", version: "1", environment: .production), rowCount: counts.count,
      columns: [
        Column(ColumnSchema("time", role: .time, type: .timestamp), .int64(times.map { $0 + 5_000_000 })),
        texts("reason", reason), texts("lost_kind", kind),
        Column(ColumnSchema("count", role: .system, type: .int64), .int64(counts)),
        Column(ColumnSchema("first_time", role: .system, type: .timestamp), .int64(times)),
      ])
  }

  /// Twelve predictions, ten minutes apart; reports that are equal, of actuals, and of an hour in which all was lost.
  private func fill(_ server: TestServer) async throws {
    let rows = (0..<12).map { "p\($0),\(Self.start + Int64($0) * 600_000_000),0.\($0 % 10),\($0 % 2)\n" }.joined()
    try await run([
      "import", "predictions", "--quiet", "--server", server.address, "--model", "m", "--version", "1", "--time", "at",
      "--time-unit", "us", "--score", "score", "--label", "label",
      try directory.file("p.csv", "id,at,score,label\n" + rows),
    ])
    let reader = try RemoteReader(server: server.address)
    let hour: Int64 = 3_600_000_000
    for block in [
      Self.losses([5, 5], reason: "queue_full"), Self.losses([5, 5], reason: "queue_full"),
      Self.losses([80], reason: "sampled_out", at: hour), Self.losses([3], reason: "refused", at: 10 * hour),
      Self.losses([9], reason: "shutdown", kind: "actual"),
    ] {
      _ = try await reader.put(AppendRequest(block: try PlainBlock.pack(block)))
    }
    await reader.close()
  }

  private func evaluate(_ source: [String], every: String) async throws -> EvaluationReport {
    let command = try EvaluateCommand.parse(source + ["--model", "m", "--every", every, "--quiet"])
    let options = try command.options
    return try await EventSource.with(command.source) { try await EvaluateCommand.evaluate(options, $0, isQuiet: true) }
  }

  private func describe(_ source: [String]) async throws -> DescribeModelResponse {
    let command = try ModelsCommand.parse(source + ["--model", "m"])
    return try await EventSource.with(command.source) { try await $0.describe("m") }
  }

  @Test("evaluate shows the same losses from a server and a directory, before compaction and after it")
  func evaluated() async throws {
    func reports(_ source: [String]) async throws -> [EvaluationReport] {
      [try await evaluate(source, every: "1h"), try await evaluate(source, every: "4")]
    }
    let before = try await TestServer.with(data: data) { server in
      try await fill(server)
      return try await reports(["--server", server.address])
    }
    let hours = before[0]
    // The first prediction is at 18:40: three windows of its hours, and one ten hours later.
    #expect(hours.windows.map(\.rows) == [2, 6, 4, 0])
    #expect(hours.windows.map(\.served) == [22, 86, 4, 3])
    #expect(hours.total.served == 12 + 103 && hours.total.lost["queue_full"]?.count == 20)
    #expect(hours.lostActuals["shutdown"]?.count == 9 && hours.unreadableReports == 0)
    #expect(hours.table.contains("served: 115 predictions = 12 logged + 20 queue_full + 3 refused + 80 sampled_out"))
    #expect(before[1].windows.map(\.served) == [24, 84, 7])
    #expect(try await reports(["--data", data]) == before)
    try await run(["compact", "--quiet", "--data", data])
    #expect(try await reports(["--data", data]) == before)
    let after = try await TestServer.with(data: data) { try await reports(["--server", $0.address]) }
    #expect(after == before && after.map(\.json) == before.map(\.json))
    try await run(["verify", "--quiet", "--data", data])
    try await run(["inspect", data])
  }

  @Test("models --model describes a model the same through a server and in a directory")
  func described() async throws {
    let remote = try await TestServer.with(data: data) { server in
      try await fill(server)
      let described = try await describe(["--server", server.address])
      #expect(try await describe(["--data", data]) == described, "beside the running server")
      for format in [[], ["--json"]] {
        try await run(["models", "--server", server.address, "--model", "m"] + format)
        try await run(["models", "--data", data] + format)
      }
      return described
    }
    #expect(remote.served.map(\.served) == [115] && remote.served.map(\.logged) == [12])
    let lines = remote.text.split(separator: "\n").map { String($0) }
    #expect(lines.contains("version  environment  served  logged  sampled out  dropped"))
    #expect(lines.contains("1        production      115      12           80       23"))
    #expect(lines.contains { $0.hasPrefix("1        production   actuals      shutdown         9") })
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(remote.json.text.utf8)) as? [String: Any])
    let served = try #require((object["served"] as? [[String: Any]])?.first)
    #expect(served["served"] as? Int == 115 && (served["lost"] as? [[String: Any]])?.count == 4)
    try await run(["compact", "--quiet", "--data", data])
    #expect(try await describe(["--data", data]).served == remote.served)
    await #expect(throws: StorageError.self) { try await run(["models", "--data", data, "--model", "n"]) }
  }

  @Test("losses are read, and replayed into tables, like any kind of event")
  func replayed() async throws {
    try await TestServer.with(data: data) { try await fill($0) }
    for kind in ["loss", "losses"] {
      #expect(try ReadCommand.parse(["--data", data, "--kind", kind]).kinds == [.loss])
    }
    try await run(["read", "--data", data, "--kind", "loss", "--format", "csv"])
    for _ in 0..<2 {
      for sink in ["delta:\(directory.path)/tables", "jsonl:\(directory.path)/rows.jsonl"] {
        try await run(["replay", "--quiet", "--data", data, "--model", "m", "--to", sink])
      }
      try await run(["compact", "--quiet", "--data", data])
    }
    let lines = try String(contentsOfFile: "\(directory.path)/rows.jsonl", encoding: .utf8).split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("{\"kind\":\"loss\"") } == 7)
    #expect(lines.count == 19)
    #expect(FileManager.default.fileExists(atPath: "\(directory.path)/tables/losses/_delta_log"))
  }
}
