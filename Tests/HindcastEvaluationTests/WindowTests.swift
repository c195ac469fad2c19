import HindcastReplay
import Testing

@testable import HindcastEvaluation

@Suite("windows")
struct WindowTests {
  @Test(
    "a length reads as rows or a duration and shows itself the same way",
    arguments: [
      ("1", WindowLength.rows(1)), ("5000", .rows(5_000)), ("30s", .microseconds(30_000_000)),
      ("15m", .microseconds(900_000_000)), ("1h", .microseconds(3_600_000_000)),
      ("1d", .microseconds(86_400_000_000)), ("7d", .microseconds(604_800_000_000)),
    ])
  func parsing(text: String, length: WindowLength) throws {
    #expect(try WindowLength.parse(text) == length)
    #expect(length.text == text)
  }

  @Test(
    "anything else is refused with examples",
    arguments: ["", "0", "-5", "h", "1.5h", "5x", "1 h", "0d", "99999999999999999999", "999999999999999999d", "١"])
  func unreadable(text: String) {
    #expect(message { _ = try WindowLength.parse(text) }?.contains("write 5000, 30s") == true)
  }

  private func predictions(_ times: [Int64]) -> [Prediction] {
    times.enumerated().map { Prediction("p\($0)", time: $1, label: 1) }
  }

  @Test("windows of rows follow event time; the last holds what is left", arguments: 1...8)
  func rows(count: Int) throws {
    let block = TestRows.predictions(predictions([50, 10, 40, 20, 30, 60, 70]), positions: .same(1))
    let report = try evaluate([block], every: .rows(count))
    let times: [Int64] = [10, 20, 30, 40, 50, 60, 70]
    let expected = stride(from: 0, to: 7, by: count).map { times[$0..<min(7, $0 + count)] }
    #expect(report.windows.map { $0.rows } == expected.map { $0.count })
    #expect(report.windows.map { $0.start } == expected.map { $0.first! })
    #expect(report.windows.map { $0.end } == expected.map { $0.last! })
    #expect(report.total.rows == 7)
  }

  @Test("a window of more rows than there can be holds all")
  func largestWindow() throws {
    let block = TestRows.predictions(predictions([1, 2]), positions: .same(1))
    #expect(try evaluate([block], every: .rows(.max)).windows.map { $0.rows } == [2])
  }

  @Test("equal times are ordered by position, then row")
  func tiesInTime() throws {
    let first = TestRows.predictions(
      [Prediction("a", time: 5, label: 1), Prediction("b", time: 5, label: 0)], positions: .same(2))
    let second = TestRows.predictions([Prediction("c", time: 5, label: 0)], positions: .same(3))
    let actuals = TestRows.actuals(["a", "b", "c"].map { Actual($0, label: 1) }, positions: .same(4))
    for order in [[first, second, actuals], [second, actuals, first]] {
      let report = try evaluate(order, every: .rows(1))
      #expect(report.windows.map { $0.confusion.truePositives } == [1, 0, 0])
    }
  }

  @Test("windows of a duration start at multiples since 1970, before it too, and empty ones are left out")
  func durations() throws {
    let block = TestRows.predictions(predictions([-11, -10, -1, 0, 9, 10, 55]), positions: .same(1))
    let report = try evaluate([block], every: .microseconds(10))
    #expect(report.windows.map { $0.start } == [-20, -10, 0, 10, 50])
    #expect(report.windows.map { $0.end } == [-10, 0, 10, 20, 60])
    #expect(report.windows.map { $0.rows } == [1, 2, 2, 1, 1])
  }

  @Test("the largest and smallest times have windows, whose far ends are cut off")
  func extremes() throws {
    let block = TestRows.predictions(predictions([.min, .max, 0]), positions: .same(1))
    let report = try evaluate([block], every: .microseconds(3_600_000_000))
    #expect(report.windows.map { $0.rows } == [1, 1, 1])
    #expect(report.windows.first?.start == .min)
    #expect(report.windows.last?.end == .max)
    let whole = try evaluate([block], every: .microseconds(.max))
    #expect(whole.windows.map { $0.rows }.reduce(0, +) == 3)
  }

  @Test("more windows than the limit are refused, as many are not")
  func limit() throws {
    let most = EvaluationLimits.windowsMax
    let block = TestRows.predictions(predictions((0..<Int64(most)).map { $0 * 10 }), positions: .same(1))
    #expect(try evaluate([block], every: .rows(1)).windows.count == most)
    #expect(try evaluate([block], every: .microseconds(10)).windows.count == most)
    let more = TestRows.predictions([Prediction("more", time: -1, label: 1)], positions: .same(2))
    #expect(message { _ = try evaluate([block, more], every: .rows(1)) }?.contains("choose longer ones") == true)
    #expect(message { _ = try evaluate([block, more], every: .microseconds(10)) }?.contains("longer ones") == true)
  }

  @Test("a window of nothing is refused")
  func emptyWindow() {
    #expect(message { _ = try evaluate([], every: .rows(0)) } != nil)
    #expect(message { _ = try evaluate([], every: .microseconds(-1)) } != nil)
  }
}
