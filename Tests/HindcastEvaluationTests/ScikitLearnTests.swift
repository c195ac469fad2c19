import Foundation
import HindcastFormat
import HindcastReplay
import Testing

@testable import HindcastEvaluation

/// The files that `tools/reference/evaluation.py` made.
private enum Reference {
  static func rows(_ name: String) throws -> [[String]] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Resources")
    let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    return text.split(separator: "\n").dropFirst().map { $0.split(separator: ",").map { String($0) } }
  }

  /// Blocks of `blockRows` rows, predictions first.
  static func blocks(blockRows: Int) throws -> [ReplayRows] {
    let predictions = try rows("predictions.csv").map {
      Prediction($0[0], time: Int64($0[1])!, label: Int64($0[2])!, score: Double($0[3])!)
    }
    let actuals = try rows("actuals.csv").map { Actual($0[0], label: Int64($0[1])!) }
    var position: UInt64 = 0
    var blocks: [ReplayRows] = []
    for first in stride(from: 0, to: predictions.count, by: blockRows) {
      position += 1
      let rows = Array(predictions[first..<min(predictions.count, first + blockRows)])
      blocks.append(TestRows.predictions(rows, positions: .same(position)))
    }
    for first in stride(from: 0, to: actuals.count, by: blockRows) {
      position += 1
      let rows = Array(actuals[first..<min(actuals.count, first + blockRows)])
      blocks.append(TestRows.actuals(rows, positions: .same(position)))
    }
    return blocks
  }
}

@Suite("scikit-learn's figures")
struct ScikitLearnTests {
  @Test("all metrics of all windows equal scikit-learn's to 1e-12", arguments: [1, 64, 1_000])
  func figures(blockRows: Int) throws {
    let expected = try Reference.rows("expected.csv")
    let blocks = try Reference.blocks(blockRows: blockRows)
    for order in [blocks, blocks.reversed()] {
      let report = try evaluate(order, every: .rows(200))
      #expect(report.windows.count == expected.count)
      for (window, row) in zip(report.windows, expected) {
        let confusion = window.confusion
        let counts = [
          window.rows, window.labelled, confusion.truePositives, confusion.falsePositives, confusion.trueNegatives,
          confusion.falseNegatives,
        ]
        #expect(counts == row.prefix(6).map { Int($0)! })
        for (metric, text) in zip(Metric.allCases, row.dropFirst(6)) {
          let value = try #require(window.metrics[metric])
          #expect(abs(value - Double(text)!) <= 1e-12, "\(metric.rawValue) of the window at \(window.start)")
        }
      }
    }
  }
}
