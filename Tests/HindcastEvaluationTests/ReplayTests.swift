import HindcastEvaluation
import HindcastFormat
import HindcastReplay
import Testing

/// A source that holds what it yields.
private struct HeldItems: BlockSource {
  var items: [StoredItem]

  mutating func next() async throws -> StoredItem? { items.isEmpty ? nil : items.removeFirst() }
}

@Suite("the evaluator as a sink")
struct ReplayTests {
  private func stored(_ rows: ReplayRows, extra: [Column] = []) throws -> StoredItem {
    var block = rows.block
    block.columns += extra
    var positions: ClosedRange<UInt64> = 1...1
    switch rows.positions {
    case .same(let position): positions = position...position
    case .each(let each):
      positions = UInt64(each.min() ?? 1)...UInt64(each.max() ?? 1)
      block.columns.append(Column(ColumnSchema("position", role: .system, type: .int64), .int64(each)))
    }
    let encoded = try BlockEncoder(effort: .ingest).encode(block)
    return .block(
      StoredBlock(
        position: positions.lowerBound, lastPosition: positions.upperBound, bytes: encoded.bytes,
        payloadHash: encoded.payloadHash))
  }

  @Test("a replay of the chosen columns gives what all columns give, from the journal and from an archive")
  func replay() async throws {
    let rows = [
      Prediction("a", time: 10, label: 1, score: 0.9), Prediction("b", time: 20, label: 0, score: 0.4),
      Prediction("a", time: 30, label: 0, score: 0.1),
    ]
    let actuals = [
      Actual("a", time: 40, label: 0), Actual("a", time: 5, label: 1, revision: 1), Actual("b", time: 50, label: 0),
      Actual("b", time: 60, label: nil, isRetracted: true),
    ]
    let losses = [Loss(count: 5, first: 10), Loss(count: 5, first: 10)]
    let journal = [
      TestRows.predictions([rows[0]], positions: .same(1)),
      TestRows.predictions([rows[1], rows[2]], positions: .same(2)),
      TestRows.actuals(actuals, positions: .same(3)),
      TestRows.losses(losses, positions: .same(4)),
    ]
    let archive = [
      TestRows.predictions(rows, positions: .each([1, 2, 2])),
      TestRows.actuals([actuals[1], actuals[0], actuals[2], actuals[3]], positions: .each([3, 3, 3, 3])),
      TestRows.losses(losses, positions: .each([4, 4])),
    ]
    let expected = try evaluate(journal)
    #expect(expected.total.confusion.truePositives == 1)
    #expect(expected.total.rows == 2 && expected.repeats == 1 && expected.retracted == 1)
    #expect(expected.total.served == 12)

    let options = EvaluationOptions(model: "m", every: .rows(1_000))
    for blocks in [journal, archive] {
      // A feature with the name of an output must not be taken for it.
      let items = try blocks.map { rows in
        let feature = TestRows.float64("score", .feature, Array(repeating: 7, count: rows.block.rowCount))
        return try stored(rows, extra: rows.block.stream.kind == .prediction ? [feature] : [])
      }
      var evaluator = try Evaluator(options)
      let replayed = try await Replay.run(
        source: HeldItems(items: items + [.reached(4)]), sink: &evaluator, query: options.query,
        choice: options.columns)
      #expect(replayed.rowCount == 9)
      #expect(try evaluator.report() == expected)
    }
  }
}
