import HindcastEvaluation
import HindcastFormat
import HindcastReplay
import Testing

@Suite("the join and the rule for truth")
struct JoinTests {
  @Test("actuals join their predictions whichever comes first")
  func anyOrder() throws {
    let predictions = TestRows.predictions(
      [Prediction("a", time: 1, label: 1, score: 0.9), Prediction("b", time: 2, label: 1, score: 0.6)],
      positions: .same(1))
    let actuals = TestRows.actuals([Actual("b", label: 0), Actual("a", label: 1)], positions: .same(2))
    let report = try evaluate([predictions, actuals])
    #expect(report == (try evaluate([actuals, predictions])))
    #expect(report.total.labelled == 2)
    #expect(report.total.confusion.truePositives == 1)
    #expect(report.total.confusion.falsePositives == 1)
  }

  /// Each case is a list of (revision, time, position, label); the label of the winner is expected to be 1.
  static let contests: [[(Int64?, Int64, UInt64, Int64)]] = [
    [(nil, 5, 2, 0), (nil, 9, 3, 1)],
    [(nil, 9, 3, 1), (nil, 5, 4, 0)],
    [(1, 1, 2, 1), (nil, 9, 3, 0)],
    [(2, 1, 2, 1), (1, 9, 3, 0)],
    [(0, 5, 2, 0), (nil, 5, 3, 1)],
    [(-1, 9, 9, 0), (nil, 1, 2, 1)],
    [(nil, 5, 2, 0), (nil, 5, 2, 1)],
  ]

  @Test("the actual with the highest revision, time, position and row is the truth", arguments: contests.indices)
  func truth(number: Int) throws {
    let contest = Self.contests[number]
    var blocks = [
      TestRows.predictions([Prediction("a", time: 1, label: 1, score: 0.5)], positions: .same(1))
    ]
    // Rows of one position come in one block, in their order.
    for position in Set(contest.map { $0.2 }).sorted() {
      let rows = contest.filter { $0.2 == position }
      blocks.append(
        TestRows.actuals(
          rows.map { Actual("a", time: $0.1, label: $0.3, revision: $0.0) }, positions: .same(position)))
    }
    for order in [blocks, blocks.reversed()] {
      #expect(try evaluate(order).total.confusion.truePositives == 1)
    }
  }

  @Test("a retracted truth leaves the prediction unlabelled, a later one labels it again")
  func retraction() throws {
    let prediction = TestRows.predictions([Prediction("a", time: 1, label: 1)], positions: .same(1))
    let first = TestRows.actuals([Actual("a", time: 2, label: 1)], positions: .same(2))
    let retraction = TestRows.actuals([Actual("a", time: 3, label: nil, isRetracted: true)], positions: .same(3))
    let again = TestRows.actuals([Actual("a", time: 4, label: 0, isRetracted: false)], positions: .same(4))
    let retracted = try evaluate([retraction, first, prediction])
    #expect(retracted.total.rows == 1)
    #expect(retracted.total.labelled == 0)
    #expect(retracted.retracted == 1)
    let labelled = try evaluate([again, retraction, first, prediction])
    #expect(labelled.total.confusion.falsePositives == 1)
    #expect(labelled.retracted == 0)
  }

  @Test("a winning actual without a label leaves the prediction unlabelled")
  func nullLabel() throws {
    let report = try evaluate([
      TestRows.predictions([Prediction("a", time: 1, label: 1)], positions: .same(1)),
      TestRows.actuals([Actual("a", time: 2, label: 1), Actual("a", time: 3, label: nil)], positions: .same(2)),
    ])
    #expect(report.total.labelled == 0)
    #expect(report.retracted == 0)
  }

  @Test("actuals without a prediction are counted once an id, retracted ones not")
  func unmatched() throws {
    let report = try evaluate([
      TestRows.predictions([Prediction("a", time: 1, label: 1)], positions: .same(1)),
      TestRows.actuals(
        [
          Actual("x", time: 1, label: 1), Actual("x", time: 2, label: 0), Actual("y", time: 1, label: 1),
          Actual("z", time: 1, label: 1), Actual("z", time: 2, label: nil, isRetracted: true),
        ], positions: .same(2)),
    ])
    #expect(report.unmatchedActuals == 2)
    #expect(report.total.rows == 1)
    #expect(report.notes.contains { $0.contains("compare the ids") })
  }

  @Test("of predictions with one id the one at the lowest position counts, the others are repeats")
  func repeats() throws {
    let first = TestRows.predictions([Prediction("a", time: 9, label: 1, score: 0.9)], positions: .same(3))
    let second = TestRows.predictions([Prediction("a", time: 1, label: 0, score: 0.1)], positions: .same(4))
    let third = TestRows.predictions([Prediction("a", time: 2, label: 0, score: 0.2)], positions: .same(5))
    let actual = TestRows.actuals([Actual("a", label: 1)], positions: .same(6))
    for order in [[first, second, third, actual], [actual, third, second, first], [second, third, first, actual]] {
      let report = try evaluate(order)
      #expect(report.total.rows == 1)
      #expect(report.total.confusion.truePositives == 1)
      #expect(report.repeats == 2)
      #expect(report.windows[0].start == 9)
    }
  }

  @Test("equal predictions count as one, because compaction keeps one")
  func duplicates() throws {
    let row = Prediction("a", time: 1, label: 1, score: 0.9)
    let other = Prediction("a", time: 1, label: 1, score: 0.8)
    let blocks = (1...3).map { TestRows.predictions([row], positions: .same($0)) }
    #expect(try evaluate(blocks).repeats == 0)
    let different = (4...6).map { TestRows.predictions([other, row], positions: .same($0)) }
    #expect(try evaluate(blocks + different).repeats == 1)
    #expect(try evaluate(different + blocks).repeats == 1)
  }

  @Test("a uuid joins with the string that is its canonical text")
  func uuids() throws {
    let bytes = (0..<16).map { UInt8($0 * 17) }
    let stream = StreamKey(kind: .prediction, model: "m", version: "", environment: .production)
    let block = Block(
      stream: stream, rowCount: 1,
      columns: [
        Column(ColumnSchema("id", role: .id, type: .uuid), .uuid(bytes)),
        Column(ColumnSchema("time", role: .time, type: .timestamp), .int64([1])),
        TestRows.int64("label", .output, [1]),
      ])
    let report = try evaluate([
      ReplayRows(block: block, positions: .same(1)),
      TestRows.actuals([Actual("00112233-4455-6677-8899-aabbccddeeff", label: 1)], positions: .same(2)),
    ])
    #expect(report.total.labelled == 1)
  }

  @Test("a table over its limit is refused with what to do, one within is not")
  func memoryLimit() throws {
    let rows = (0..<40_000).map { Prediction("p\($0)", time: $0, label: 1) }
    let block = TestRows.predictions(rows, positions: .same(1))
    // Three pages of 16,384 entries of 72 bytes, and 24 bytes an entry for the end.
    let needed = 3 * 16_384 * (72 + 24)
    #expect(try evaluate([block]) { $0.joinBytesMax = needed }.total.rows == 40_000)
    let text = message { _ = try evaluate([block]) { $0.joinBytesMax = needed - 1 } }
    #expect(text?.contains("narrower range of event time") == true)
  }

  @Test("repeats are bounded by the limit too")
  func repeatLimit() throws {
    let rows = (0..<100_000).map { Prediction("same", time: $0, label: 1) }
    let block = TestRows.predictions(rows, positions: .same(1))
    #expect(try evaluate([block]).repeats == 99_999)
    #expect(message { _ = try evaluate([block]) { $0.joinBytesMax = 4 << 20 } } != nil)
  }
}
