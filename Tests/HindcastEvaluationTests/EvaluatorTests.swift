import HindcastFormat
import HindcastReplay
import Testing

@testable import HindcastEvaluation

@Suite("what the evaluator makes of a log")
struct EvaluatorTests {
  private func pair(_ predictions: [Prediction], _ truths: [Int64]) -> [ReplayRows] {
    [
      TestRows.predictions(predictions, positions: .same(1)),
      TestRows.actuals(zip(predictions, truths).map { Actual($0.id, label: $1) }, positions: .same(2)),
    ]
  }

  @Test("a log without predictions of the model gives a report without windows that says so")
  func empty() throws {
    let report = try evaluate([])
    #expect(report.windows.isEmpty)
    #expect(report.total.rows == 0)
    #expect(report.positive == nil)
    #expect(report.notes == ["there are no predictions of model 'm' in environment production"])
  }

  @Test("predictions of another environment or version are not evaluated but pointed at")
  func elsewhere() throws {
    let shadow = TestRows.predictions(
      [Prediction("a", time: 1, label: 1)], positions: .same(1), environment: .shadow)
    #expect(try evaluate([shadow]).notes.first?.contains("environment shadow") == true)
    #expect(try evaluate([shadow]) { $0.environment = .shadow }.total.rows == 1)
    let production = TestRows.predictions([Prediction("a", time: 1, label: 1)], positions: .same(2), version: "7")
    #expect(try evaluate([production]) { $0.version = "8" }.notes.first?.contains("version '7'") == true)
    #expect(try evaluate([production]) { $0.version = "7" }.total.rows == 1)
    #expect(try evaluate([shadow, production]).total.rows == 1)
  }

  @Test("the truth counts whatever environment it was logged under")
  func truthOfAnotherEnvironment() throws {
    let report = try evaluate([
      TestRows.predictions([Prediction("a", time: 1, label: 1)], positions: .same(1), environment: .shadow),
      TestRows.actuals([Actual("a", label: 1)], positions: .same(2)),
    ]) { $0.environment = .shadow }
    #expect(report.total.labelled == 1)
  }

  @Test("a range of event time chooses predictions, not actuals")
  func timeRange() throws {
    let blocks = pair(
      [Prediction("a", time: 10, label: 1), Prediction("b", time: 20, label: 1), Prediction("c", time: 30, label: 1)],
      [1, 1, 0])
    let report = try evaluate(blocks) { $0.times = 20..<30 }
    #expect(report.total.rows == 1)
    #expect(report.total.confusion.truePositives == 1)
  }

  @Test("blocks of other models and kinds are passed over")
  func otherBlocks() throws {
    var other = TestRows.predictions([Prediction("a", time: 1, label: 1)], positions: .same(1))
    other.block.stream.model = "another"
    var assessment = TestRows.predictions([Prediction("b", time: 1, label: 1)], positions: .same(2))
    assessment.block.stream.kind = .assessment
    #expect(try evaluate([other, assessment]).total.rows == 0)
  }

  @Test("without labels no metric has a value and the window says why")
  func noLabels() throws {
    let report = try evaluate([
      TestRows.predictions([Prediction("a", time: 1, label: 1, score: 0.9)], positions: .same(1))
    ])
    #expect(report.windows.count == 1)
    #expect(report.windows[0].metrics.isEmpty)
    #expect(report.windows[0].labelCoverage == 0)
    #expect(report.windows[0].notes == ["no prediction is labelled: no metric has a value"])
  }

  @Test("without scores only the confusion metrics have a value")
  func noScores() throws {
    let report = try evaluate(pair([Prediction("a", time: 1, label: 1), Prediction("b", time: 2, label: 0)], [1, 0]))
    #expect(Set(report.total.metrics.keys) == [.accuracy, .precision, .recall, .specificity, .f1])
    #expect(report.total.notes.contains { $0.contains("has a score") })
  }

  @Test("without predicted labels a score of 0.5 or more is taken for the positive class")
  func threshold() throws {
    let rows = [0.49, 0.5, 0.51].enumerated().map { Prediction("p\($0)", time: Int64($0), score: $1) }
    let report = try evaluate(pair(rows, [0, 0, 1]))
    #expect(report.total.confusion.trueNegatives == 1)
    #expect(report.total.confusion.falsePositives == 1)
    #expect(report.total.confusion.truePositives == 1)
    #expect(report.total.notes.contains { $0.contains("3 labelled predictions have no predicted label") })
  }

  @Test("one class only: what needs both has no value, the rest has")
  func oneClass() throws {
    let report = try evaluate(
      pair([Prediction("a", time: 1, label: 0, score: 0.2), Prediction("b", time: 2, label: 0, score: 0.4)], [0, 0]))
    let metrics = report.total.metrics
    #expect(metrics[.rocAUC] == nil && metrics[.averagePrecision] == nil)
    #expect(metrics[.precision] == nil && metrics[.recall] == nil && metrics[.f1] == nil)
    #expect(metrics[.accuracy] == 1 && metrics[.specificity] == 1)
    #expect(metrics[.brier].map { abs($0 - 0.1) < 1e-15 } == true)
    #expect(metrics[.logLoss] != nil)
  }

  @Test("a NaN is no score, and no number in the report is one")
  func nanScores() throws {
    let report = try evaluate(
      pair(
        [Prediction("a", time: 1, label: 1, score: .nan), Prediction("b", time: 2, label: 0, score: .infinity)], [1, 0])
    )
    #expect(report.total.scored == 1)
    #expect(report.total.metrics.values.allSatisfy { $0.isFinite })
    #expect(!report.json.contains("nan") && !report.json.contains("inf\"") && !report.json.contains(": inf"))
  }

  @Test("the positive class is 1 for labels 0 and 1, and for -1 and 1")
  func usualLabels() throws {
    #expect(try evaluate(pair([Prediction("a", time: 1, label: 0)], [1])).positive == "1")
    let signs = try evaluate(pair([Prediction("a", time: 1, label: -1), Prediction("b", time: 2, label: 1)], [1, 1]))
    #expect(signs.positive == "1")
    #expect(signs.total.confusion.falseNegatives == 1)
  }

  private func named(_ predicted: [String], _ truths: [String]) -> [ReplayRows] {
    let ids = predicted.indices.map { "p\($0)" }
    let times = predicted.indices.map { Int64($0) }
    return [
      TestRows.block(.prediction, ids, times, [TestRows.strings("label", .output, predicted)], .same(1)),
      TestRows.block(.actual, ids, times, [TestRows.strings("label", .actual, truths)], .same(2)),
    ]
  }

  @Test("other labels need a positive class; the error lists them and names the option")
  func otherLabels() throws {
    let blocks = named(["good", "bad"], ["good", "good"])
    let text = message { _ = try evaluate(blocks) }
    #expect(text == "the labels are 'bad', 'good': say with --positive which of them is the positive class")
    let report = try evaluate(blocks) { $0.positive = "bad" }
    #expect(report.positive == "bad")
    #expect(report.total.confusion.falsePositives == 1)
    #expect(report.total.confusion.trueNegatives == 1)
  }

  @Test("a positive class that no label is, is refused; with one label seen it may just not have come up")
  func unknownPositive() throws {
    let text = message { _ = try evaluate(named(["good", "bad"], ["good", "good"])) { $0.positive = "Bad" } }
    #expect(text?.contains("'Bad' is not among the labels, which are 'bad', 'good'") == true)
    #expect(try evaluate(named(["good"], ["good"])) { $0.positive = "bad" }.total.confusion.trueNegatives == 1)
    #expect(message { _ = try evaluate(named(["good"], ["good"])) { $0.positive = " " } } != nil)
  }

  @Test("the positive class may be given in any spelling of the label")
  func positiveSpelling() throws {
    for spelling in ["0", "0.0", "False", "false"] {
      let report = try evaluate(pair([Prediction("a", time: 1, label: 0)], [0])) { $0.positive = spelling }
      #expect(report.positive == "0")
      #expect(report.total.confusion.truePositives == 1)
    }
  }

  @Test("of more than two labels all but the positive one are negative, and a note says so")
  func manyLabels() throws {
    let report = try evaluate(named(["a", "b", "c"], ["a", "c", "a"])) { $0.positive = "a" }
    #expect(report.total.confusion.truePositives == 1)
    #expect(report.total.confusion.trueNegatives == 1)
    #expect(report.total.confusion.falseNegatives == 1)
    #expect(report.notes == ["the labels are 'a', 'b', 'c': all but 'a' count as negative"])
  }

  @Test("a label that a revision replaced plays no part in finding the positive class")
  func replacedLabel() throws {
    let first = TestRows.block(.actual, ["p0"], [1], [TestRows.strings("label", .actual, ["unknown"])], .same(2))
    let blocks =
      [first]
      + pair([Prediction("p0", time: 1, label: 1)], [1]).map { rows in
        var rows = rows
        rows.positions = .same(rows.block.stream.kind == .actual ? 3 : 1)
        if rows.block.stream.kind == .actual { rows.block.columns[1].values = .int64([5]) }
        return rows
      }
    #expect(try evaluate(blocks).positive == "1")
  }

  @Test("labels join across types: bool predicted, string true")
  func mixedTypes() throws {
    let report = try evaluate([
      TestRows.block(
        .prediction, ["a", "b"], [1, 2],
        [Column(ColumnSchema("label", role: .output, type: .bool), .bool([1, 0]))], .same(1)),
      TestRows.block(.actual, ["a", "b"], [1, 2], [TestRows.strings("label", .actual, ["1.0", "False"])], .same(2)),
    ])
    #expect(report.total.confusion.truePositives == 1)
    #expect(report.total.confusion.trueNegatives == 1)
  }

  @Test("the columns it asks for are those it reads")
  func columns() {
    var options = EvaluationOptions(model: "m", every: .rows(1))
    options.scoreColumn = "p"
    let wanted: [ColumnSchema] = [
      ColumnSchema("label", role: .output, type: .int64), ColumnSchema("p", role: .output, type: .float64),
      ColumnSchema("label", role: .actual, type: .int64), ColumnSchema("revision", role: .system, type: .int64),
      ColumnSchema("retracted", role: .system, type: .bool), ColumnSchema("id", role: .id, type: .string),
      ColumnSchema("time", role: .time, type: .timestamp),
    ]
    for schema in wanted { #expect(options.columns.includes(schema), "\(schema.qualifiedName)") }
    #expect(!options.columns.includes(ColumnSchema("label", role: .feature, type: .int64)))
    #expect(!options.columns.includes(ColumnSchema("score", role: .output, type: .float64)))
  }

  @Test("a block that lacks ids, times, positions or rows in a column is refused, not trapped on")
  func brokenBlocks() throws {
    let whole = TestRows.predictions(
      [Prediction("a", time: 1, label: 1, score: 0.5), Prediction("b", time: 2, label: 1, score: 0.5)],
      positions: .same(1))
    for column in whole.block.columns.indices {
      var broken = whole
      if column < 2 {
        broken.block.columns.remove(at: column)
        #expect(message { _ = try evaluate([broken]) } != nil)
      }
      broken = whole
      broken.block.columns[column].values = ColumnValues.empty(whole.block.columns[column].schema.type)
      #expect(message { _ = try evaluate([broken]) } != nil)
    }
    for positions in [RowPositions.same(0), .each([1]), .each([]), .each([1, 0]), .each([1, -1])] {
      var broken = whole
      broken.positions = positions
      #expect(message { _ = try evaluate([broken]) } != nil)
    }
  }
}
