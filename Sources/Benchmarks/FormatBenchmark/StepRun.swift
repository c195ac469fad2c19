internal import HindcastFormat

/// One column encoded and decoded again and again: what a value of it costs.
struct StepRun {
  var step: String
  /// The steps that were chosen.
  private(set) var encoding: String
  private(set) var bytesPerValue: Double
  private(set) var encodeNanoseconds: Double
  /// With the columns that it is computed from.
  private(set) var decodeNanoseconds: Double

  /// The encoder took other steps than those that were to be measured.
  struct Unmeasured: Error, CustomStringConvertible {
    var step: String
    var encoding: String
    var description: String { "no column is encoded with \(step): the one made for it became \(encoding)" }
  }

  init(_ given: StepCase, rowCount: Int, rounds: Int) throws {
    step = given.step
    let block = Block(
      stream: StreamKey(kind: .attribution, model: "m", version: "", environment: .production), rowCount: rowCount,
      columns: given.columns)
    let name = given.column.schema.qualifiedName
    // Enough at a time for the clock.
    let repeats = max(1, 200_000 / rowCount)
    var bytes: [UInt8] = []
    let encoder = BlockEncoder(effort: given.effort)
    encodeNanoseconds = try Self.nanoseconds(rounds, repeats, rowCount) { bytes = try encoder.encode(block).bytes }
    let choice = ColumnChoice.named([name])
    decodeNanoseconds = try Self.nanoseconds(rounds, repeats, rowCount) {
      let columns = try BlockDecoder.decode(bytes, choice: choice).columns
      precondition(columns.count == 1)
    }
    let decoded = try BlockDecoder.decode(bytes)
    precondition(decoded == block, "a block did not come back as it was")
    let summary = try BlockDecoder.summary(bytes).columns.first { $0.schema.qualifiedName == name }!
    encoding = summary.encoding
    bytesPerValue = Double(summary.byteCount) / Double(rowCount)
    guard encoding.contains(step) else { throw Unmeasured(step: step, encoding: encoding) }
  }

  private static func nanoseconds(
    _ rounds: Int, _ repeats: Int, _ rowCount: Int, _ body: () throws -> Void
  ) rethrows -> Double {
    let seconds = try (0..<rounds).map { _ in
      try threadSeconds { for _ in 0..<repeats { try body() } }
    }
    return median(seconds) * 1e9 / Double(repeats * rowCount)
  }

  static func text(_ runs: [StepRun]) -> String {
    let head = "bytes a value   encode ns   decode ns   steps"
    return
      ([head]
      + runs.map { run in
        [
          pad(run.bytesPerValue, 13, 1e3), pad(run.encodeNanoseconds, 11, 1e2), pad(run.decodeNanoseconds, 11, 1e2),
          run.encoding,
        ]
        .joined(separator: " ")
      }).joined(separator: "\n")
  }

  static func json(_ runs: [StepRun]) -> String {
    let rows = runs.map {
      #"{"step":"\#($0.step.filter { $0 != "(" })","steps":"\#($0.encoding)","bytes_a_value":\#($0.bytesPerValue),"#
        + #""encode_nanoseconds":\#($0.encodeNanoseconds),"decode_nanoseconds":\#($0.decodeNanoseconds)}"#
    }
    return "[\(rows.joined(separator: ","))]"
  }

  private static func pad(_ value: Double, _ width: Int, _ digits: Double) -> String {
    let text = "\((value * digits).rounded() / digits)"
    return String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
