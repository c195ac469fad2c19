import Foundation
import HindcastFormat
import HindcastReplay
import Testing

@testable import HindcastEvaluation

@Suite("reports as JSON, table and plot")
struct ReportTests {
  /// Two windows of two; the second has no labels.
  private func report() throws -> EvaluationReport {
    try evaluate(
      [
        TestRows.predictions(
          [
            Prediction("a", time: 0, label: 1, score: 0.75), Prediction("b", time: 1, label: 0, score: 0.25),
            Prediction("c", time: 86_400_000_000, label: 1, score: 0.5),
            Prediction("d", time: 86_400_000_001, label: 1),
          ], positions: .same(1)),
        TestRows.actuals([Actual("a", label: 1), Actual("b", label: 0), Actual("x", label: 0)], positions: .same(2)),
      ], every: .rows(2), gaps: [ReadGap(positions: 7...9, reason: "a \"torn\" segment")])
  }

  @Test("JSON has the windows, every metric by name, null where it has no value")
  func json() throws {
    let text = try report().json
    #expect(
      text == """
        {"windows":[
        {"start":"1970-01-01T00:00:00.000000Z","end":"1970-01-01T00:00:00.000001Z","rows":2,"served":2,"logged":2,"lost":{},"labelled":2,\
        "metrics":{"roc_auc":1.0,"f1":1.0,"precision":1.0,"recall":1.0,"specificity":1.0,"accuracy":1.0,\
        "average_precision":1.0,"log_loss":0.2876820724517809,"brier":0.0625},"label_coverage":1.0,"scored":2,\
        "confusion":{"tp":1,"fp":0,"tn":1,"fn":0},"notes":[]},
        {"start":"1970-01-02T00:00:00.000000Z","end":"1970-01-02T00:00:00.000001Z","rows":2,"served":2,"logged":2,"lost":{},"labelled":0,\
        "metrics":{"roc_auc":null,"f1":null,"precision":null,"recall":null,"specificity":null,"accuracy":null,\
        "average_precision":null,"log_loss":null,"brier":null},"label_coverage":0.0,"scored":0,\
        "confusion":{"tp":0,"fp":0,"tn":0,"fn":0},"notes":["no prediction is labelled: no metric has a value"]}
        ],
        "total":{"start":"1970-01-01T00:00:00.000000Z","end":"1970-01-02T00:00:00.000001Z","rows":4,"served":4,"logged":4,"lost":{},"labelled":2,\
        "metrics":{"roc_auc":1.0,"f1":1.0,"precision":1.0,"recall":1.0,"specificity":1.0,"accuracy":1.0,\
        "average_precision":1.0,"log_loss":0.2876820724517809,"brier":0.0625},"label_coverage":0.5,"scored":2,\
        "confusion":{"tp":1,"fp":0,"tn":1,"fn":0},"notes":[]},
        "versions":[{"version":"1","served":4,"logged":4,"lost":{}}],
        "lost_actuals":{},
        "unreadable_loss_reports":0,
        "model":"m",
        "version":null,
        "environment":"production",
        "every":"2",
        "positive":"1",
        "repeats":0,
        "unmatched_actuals":1,
        "retracted":0,
        "gaps":[{"from_position":7,"to_position":9,"reason":"a \\"torn\\" segment"}],
        "trimmed":[],
        "notes":["the log has gaps: rows that were there are missing from these figures"]}
        """)
  }

  @Test("JSON reads back, whatever the names and numbers")
  func jsonReadsBack() throws {
    var report = try report()
    report.model = "naïve \"\\ \u{1}\n\t\r\u{7F} 🙂"
    report.windows[0].metrics[.logLoss] = 0.1 + 0.2
    report.windows[0].metrics[.brier] = 1e-300
    let object = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    #expect(object["model"] as? String == report.model)
    let windows = try #require(object["windows"] as? [[String: Any]])
    let metrics = try #require(windows[0]["metrics"] as? [String: Any])
    // As text: Foundation's parser loses the last digit.
    #expect(report.json.contains("\"log_loss\":0.30000000000000004,\"brier\":1e-300}"))
    #expect(Set(metrics.keys) == Set(Metric.allCases.map { $0.rawValue }))
    let unlabelled = try #require(windows[1]["metrics"] as? [String: Any])
    #expect(unlabelled.values.allSatisfy { $0 is NSNull })
  }

  @Test("an empty report is JSON with no windows and null times")
  func emptyJSON() throws {
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(try evaluate([]).json.utf8)) as? [String: Any])
    #expect((object["windows"] as? [Any])?.isEmpty == true)
    let total = try #require(object["total"] as? [String: Any])
    #expect(total["start"] is NSNull)
  }

  @Test("the table aligns its columns and shows a dash for no value")
  func table() throws {
    let lines = try report().table.split(separator: "\n").map { String($0) }
    #expect(lines[0] == "model m, production, windows of 2 predictions, positive class '1'")
    #expect(lines[1].hasPrefix("window start (UTC)   rows  labelled  ROC AUC      F1"))
    #expect(lines[2].hasPrefix("1970-01-01 00:00:00     2   100.0 %   1.0000  1.0000"))
    #expect(lines[3].hasPrefix("1970-01-02 00:00:00     2     0.0 %        -       -"))
    #expect(lines[4].allSatisfy { $0 == "-" || $0 == " " })
    #expect(lines[5].hasPrefix("all                     4    50.0 %   1.0000  1.0000"))
    #expect(Set(lines[1...5].map { $0.count }).count == 1)
    #expect(lines.contains("unmatched: 1 actuals have no prediction among these"))
    #expect(lines.contains("gap: positions 7 to 9: a \"torn\" segment"))
    #expect(lines.contains("note on 1970-01-02 00:00:00: no prediction is labelled: no metric has a value"))
  }

  private func trimmed(upTo time: Int64?) -> ReadGap {
    ReadGap(positions: 1...9, reason: "retention dropped it", kind: .trimmed, model: "m", times: time.map { -5...$0 })
  }

  @Test("what was trimmed stands apart from damage, and a note says what may be missing")
  func trimmedRows() throws {
    let report = try evaluate([], trimmed: [trimmed(upTo: 86_400_000_000), trimmed(upTo: nil)])
    #expect(
      report.json.contains(
        """
        "gaps":[],
        "trimmed":[{"from_position":1,"to_position":9,"from_time":"1969-12-31T23:59:59.999995Z",\
        "to_time":"1970-01-02T00:00:00.000000Z","reason":"retention dropped it"},\
        {"from_position":1,"to_position":9,"from_time":null,"to_time":null,"reason":"retention dropped it"}],
        """))
    let lines = report.table.split(separator: "\n").map { String($0) }
    #expect(
      lines.contains(
        "trimmed: among positions 1 to 9, 1969-12-31 23:59:59 to 1970-01-02 00:00:00: retention dropped it"))
    #expect(lines.contains("trimmed: among positions 1 to 9: retention dropped it"))
    #expect(
      lines.contains(
        "note: retention has dropped events up to 1970-01-02T00:00:00.000000Z: rows may be missing from the first windows"
      ))
  }

  @Test(
    "what was trimmed before the times that are evaluated is no reason for a note",
    arguments: [(100, true), (101, false)])
  func trimmedBefore(from: Int64, hasNote: Bool) throws {
    let report = try evaluate([], trimmed: [trimmed(upTo: 100)]) { $0.times = from..<1_000 }
    #expect(report.notes.contains { $0.contains("retention has dropped") } == hasNote)
    #expect(report.trimmed.count == 1)
  }

  @Test("an empty table and plot say that there is nothing")
  func emptyTable() throws {
    let report = try evaluate([])
    #expect(report.table.contains("there are no predictions of model 'm'"))
    #expect(MetricPlot.text(report, metric: .rocAUC) == "ROC AUC: no window has a value\n")
  }

  private func plotted(_ values: [Double?]) throws -> EvaluationReport {
    var report = try report()
    let window = report.windows[0]
    report.windows = values.enumerated().map { number, value in
      var window = window
      window.start = Int64(number) * 3_600_000_000
      window.metrics = value.map { [.rocAUC: $0] } ?? [:]
      return window
    }
    return report
  }

  @Test("the plot puts each window's value on its line over the time axis")
  func plot() throws {
    let text = MetricPlot.text(try plotted([0.92, 0.9, nil, 0.8, 0.86, 0.94]), metric: .rocAUC, width: 36, height: 9)
    #expect(
      text == """
        ROC AUC by window of 2
        0.94 ┤                               ●
        0.92 ┤ ●
        0.90 ┤       ●
        0.88 ┤
        0.86 ┤                         ●
        0.84 ┤
        0.82 ┤
        0.80 ┤                   ●
             └─────────────────────────────────────
               1970-01-01 00:00:00 .. 1970-01-01 05:00:00

        """)
  }

  @Test("more windows than columns share columns, and every line fits")
  func wide() throws {
    let values = (0..<1_000).map { 0.5 + Double($0) / 4_000 }
    let text = MetricPlot.text(try plotted(values), metric: .rocAUC, width: 50, height: 10)
    let lines = text.split(separator: "\n").map { String($0) }
    #expect(lines.allSatisfy { $0.count <= 50 + 9 })
    #expect(lines.count <= 10 + 3)
    #expect(text.filter { $0 == "●" }.count == 50)
  }

  @Test("equal values, one window and the extremes have a plot", arguments: [0, 1, 0.5, 0.123456789, 36.04])
  func flat(value: Double) throws {
    for count in [1, 2, 70] {
      let text = MetricPlot.text(try plotted(Array(repeating: value, count: count)), metric: .rocAUC)
      #expect(text.filter { $0 == "●" }.count == min(count, count > 64 ? 35 : count))
    }
  }

  @Test(
    "fixed digits round half away from zero",
    arguments: [
      (0.97096, "0.9710"), (1, "1.0000"), (0, "0.0000"), (-0.00001, "0.0000"), (-1.5, "-1.5000"), (0.99999, "1.0000"),
      (0.03125, "0.0313"), (12_345.678, "12345.6780"), (1e18, "1e+18"),
    ])
  func fixed(value: Double, text: String) {
    #expect(NumberText.fixed(value, digits: 4) == text)
  }

  @Test(
    "thousands are grouped",
    arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-12_345, "-12,345")])
  func grouped(value: Int, text: String) {
    #expect(NumberText.grouped(value) == text)
  }
}
