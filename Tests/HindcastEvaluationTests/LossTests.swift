import Foundation
import HindcastFormat
import HindcastReplay
import Testing

@testable import HindcastEvaluation

@Suite("what was served and lost")
struct LossTests {
  private func predictions(_ times: [Int64], version: String = "1", position: UInt64 = 1) -> ReplayRows {
    TestRows.predictions(
      times.map { Prediction("\(version)-\($0)", time: $0, label: 1) }, positions: .same(position), version: version)
  }

  private func losses(_ rows: Loss..., version: String = "1", environment: Environment = .production) -> ReplayRows {
    TestRows.losses(rows, positions: .same(9), version: version, environment: environment)
  }

  @Test("a window of a duration counts whole the reports whose first event it holds, and stands if all was lost in it")
  func durations() throws {
    let report = try evaluate(
      [
        predictions([3, 25]),
        losses(
          Loss(count: 10, first: 9, last: 35), Loss(count: 1, first: 10),
          Loss(count: 2, reason: "sampled_out", last: 19),
          Loss(count: 4, time: 20), Loss(count: 5, first: -1), Loss(count: 6, first: 50, last: 5)),
      ], every: .microseconds(10))
    #expect(report.windows.map(\.start) == [-10, 0, 10, 20])
    #expect(report.windows.map(\.end) == [0, 10, 20, 30])
    #expect(report.windows.map(\.rows) == [0, 1, 0, 1])
    #expect(report.windows.map(\.served) == [5, 17, 3, 5])
    #expect(report.windows[2].lost["sampled_out"]?.count == 2 && report.windows[2].lost["queue_full"]?.count == 1)
    #expect(report.windows[0].notes == ["all predictions were lost: no metric has a value"])
    #expect(report.total.served == 30 && report.total.rows == 2)
  }

  @Test("a window of rows reaches to the next one; what was lost before the first is in the first")
  func windowsOfRows() throws {
    let report = try evaluate(
      [
        predictions([10, 20, 30, 40, 50]),
        losses(
          Loss(count: 1, first: 5), Loss(count: 2, first: 10), Loss(count: 4, first: 29), Loss(count: 8, first: 30),
          Loss(count: 16, first: 49), Loss(count: 32, first: 50), Loss(count: 64, first: 9_999)),
      ], every: .rows(2))
    #expect(report.windows.map(\.start) == [10, 30, 50])
    #expect(report.windows.map(\.served) == [2 + 7, 2 + 24, 1 + 96])
    #expect(report.total.served == 5 + 127)
  }

  @Test("without a prediction in the log what was lost is in the total, with windows of rows; others have windows")
  func allLost() throws {
    let blocks = [losses(Loss(count: 7, first: 15))]
    let rows = try evaluate(blocks, every: .rows(2))
    #expect(rows.windows.isEmpty && rows.total.served == 7 && !rows.total.hasTimes)
    #expect(rows.notes.first?.hasPrefix("there are no predictions of model 'm'") == true)
    let durations = try evaluate(blocks, every: .microseconds(10))
    #expect(durations.windows.map(\.served) == [7])
    #expect(durations.total.start == 10 && durations.total.end == 20)
    #expect(durations.table.contains("served: 7 predictions = 0 logged + 7 queue_full"))
    #expect(try evaluate(blocks) { $0.version = "2" }.total.served == 0)
  }

  @Test("losses of the chosen version, environment and times count, and only predictions are served")
  func chosen() throws {
    let blocks = [
      predictions([10, 20]), predictions([12], version: "2", position: 2), losses(Loss(count: 1, first: 10)),
      losses(Loss(count: 2, first: 19)), losses(Loss(count: 4, first: 20, last: 99)), losses(Loss(count: 8, first: 9)),
      losses(Loss(count: 16, first: 12), version: "2"), losses(Loss(count: 32, first: 12), environment: .shadow),
      losses(Loss(count: 64, kind: "attribution", first: 12)), losses(Loss(count: 128, kind: "actual", first: 12)),
      losses(Loss(count: 256, reason: "refused", kind: "actual", first: 900), version: "", environment: .shadow),
    ]
    func lost(_ adjust: (inout EvaluationOptions) -> Void) throws -> UInt64 {
      let report = try evaluate(blocks, every: .microseconds(10), adjust: adjust)
      #expect(report.lostActuals.byReason.map(\.sum.count) == [128, 256])
      return report.total.lost.count
    }
    #expect(try lost { _ in } == 31)
    #expect(try lost { $0.version = "1" } == 15)
    #expect(try lost { $0.version = "2" } == 16)
    #expect(try lost { $0.environment = .shadow } == 32)
    #expect(try lost { $0.times = 10..<20 } == 19)
    #expect(try lost { $0.times = 20..<30 } == 4)
  }

  @Test("each version has what it served, whichever block its predictions came in")
  func versions() throws {
    var blocks = [
      predictions([1, 2], version: "b", position: 1), predictions([3], version: "a", position: 2),
      predictions([4, 5], version: "b", position: 3), predictions([], version: "c", position: 4),
      losses(Loss(count: 10, first: 1), version: "a"), losses(Loss(count: 5, first: 1), version: "d"),
    ]
    // Of an id that two versions predicted, the first counts.
    blocks.append(
      TestRows.predictions([Prediction("b-1", time: 9, label: 0)], positions: .same(5), version: "a"))
    for order in [blocks, blocks.reversed()] {
      let report = try evaluate(order)
      #expect(report.versions.map(\.version) == ["a", "b", "d"])
      #expect(report.versions.map(\.rows) == [1, 4, 0])
      #expect(report.versions.map(\.served) == [11, 4, 5])
      #expect(report.total.rows == 5 && report.total.served == 20)
    }
    #expect(try evaluate(blocks) { $0.version = "b" }.versions.map(\.served) == [4])
  }

  @Test("reports that make no sense are counted and told, and change no figure")
  func nonsense() throws {
    let good = [predictions([10]), losses(Loss(count: 3, first: 10))]
    let expected = try evaluate(good)
    var bare = losses(Loss(count: 1), Loss(count: 1))
    bare.block.columns = []
    let report = try evaluate(good + [losses(Loss(count: -5), Loss(count: .max), Loss(count: 1, reason: "")), bare])
    #expect(report.unreadableReports == 5)
    #expect(report.total == expected.total && report.windows == expected.windows)
    #expect(report.notes.contains { $0.hasPrefix("5 loss reports break the rules") })
    #expect(expected.unreadableReports == 0 && !expected.notes.contains { $0.contains("loss reports") })
  }

  @Test("counts that would not fit stay at the largest number")
  func clamped() throws {
    var sums = LossSums()
    for reason in ["a", "b"] { sums.add(LossSum(count: .max - 1, times: 0...0), reason: reason) }
    #expect(VersionReport(version: "1", rows: 5, lost: sums).served == Int.max)
    var report = try evaluate([predictions([1])])
    report.total.lost = sums
    #expect(report.total.served == Int.max)
    #expect(report.json.contains("\"lost\":{\"a\":9223372036854775807,\"b\":9223372036854775807}"))
    #expect(report.table.contains("served: 9,223,372,036,854,775,807 predictions = 1 logged + "))
  }

  @Test("a table with losses has a column for what was served and one a reason, and says how it adds up")
  func table() throws {
    let report = try evaluate(
      [
        predictions([0, 1], version: "1"), predictions([20], version: "2", position: 2),
        losses(Loss(count: 90, reason: "sampled_out", first: 0), Loss(count: 1_000, first: 25)),
        losses(Loss(count: 3, kind: "actual")),
      ], every: .microseconds(10))
    let lines = report.table.split(separator: "\n").map { String($0) }
    #expect(lines[1].hasPrefix("window start (UTC)   served  rows  queue_full  sampled_out  labelled"))
    #expect(lines[2].hasPrefix("1970-01-01 00:00:00      92     2           0           90     0.0 %"))
    #expect(lines[3].hasPrefix("1970-01-01 00:00:00   1,001     1       1,000            0     0.0 %"))
    #expect(lines[5].hasPrefix("all                   1,093     3       1,000           90     0.0 %"))
    #expect(Set(lines[1...5].map { $0.count }).count == 1)
    #expect(lines.contains("served: 1,093 predictions = 3 logged + 1,000 queue_full + 90 sampled_out"))
    #expect(lines.contains("version '1': 1,092 predictions = 2 logged + 1,000 queue_full + 90 sampled_out"))
    #expect(lines.contains("version '2': 1 predictions = 1 logged"))
    #expect(
      lines.contains("lost actuals: 3 queue_full, of any version and time: labels may be missing because of it"))
  }

  @Test("many reasons share a column, and JSON has each")
  func manyReasons() throws {
    let rows = (0..<7).map { Loss(count: 1, reason: "r\($0)", first: 0) }
    let report = try evaluate([predictions([0]), TestRows.losses(rows, positions: .same(2))])
    #expect(report.table.contains("window start (UTC)   served  rows  lost  labelled"))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    let window = try #require((object["windows"] as? [[String: Any]])?.first)
    #expect((window["lost"] as? [String: Int])?.count == 7)
    #expect(window["served"] as? Int == 8 && window["logged"] as? Int == 1 && window["rows"] as? Int == 1)
    let version = try #require((object["versions"] as? [[String: Any]])?.first)
    #expect(version["version"] as? String == "1" && version["served"] as? Int == 8)
    #expect((version["lost"] as? [String: Int])?["r3"] == 1)
  }

  @Test("windows in which all was lost count against the limit of windows")
  func windowLimit() throws {
    let most = EvaluationLimits.windowsMax
    let rows = (0..<Int64(most)).map { Loss(count: 1, first: $0 * 10) }
    let lost = TestRows.losses(rows, positions: .same(1))
    #expect(try evaluate([lost], every: .microseconds(10)).windows.count == most)
    let more = losses(Loss(count: 1, first: -1))
    #expect(
      message { _ = try evaluate([lost, more], every: .microseconds(10)) }?.contains("choose longer ones") == true)
  }

  @Test("the largest and smallest times have windows")
  func extremes() throws {
    let lost = losses(Loss(count: 1, first: .min), Loss(count: 2, first: .max), Loss(count: 4, first: 0))
    for every in [WindowLength.microseconds(3_600_000_000), .microseconds(.max), .microseconds(1)] {
      let report = try evaluate([lost, predictions([.min, 0, .max])], every: every)
      #expect(report.windows.reduce(0) { $0 + $1.served } == 10, "\(every)")
      #expect(report.windows.map(\.start) == report.windows.map(\.start).sorted())
    }
  }
}
