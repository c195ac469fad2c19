/// Runs of equal integers: the value of each run, then how often it stands there (at least once).
enum RunsStep {
  static func decode(_ reader: inout StepReader, _ count: Int) throws(FormatError) -> [Int64] {
    let runCount = try reader.data.count(upTo: count, "the number of runs")
    let runs = try reader.integers(runCount)
    let lengths = try reader.integers(runCount)
    var values: [Int64] = []
    values.reserveCapacity(count)
    for (value, length) in zip(runs, lengths) {
      guard length >= 1, length <= count - values.count else {
        throw FormatError(.corrupt, "a run of length \(length) after \(values.count) of \(count) values")
      }
      values.append(contentsOf: repeatElement(value, count: Int(length)))
    }
    guard values.count == count else {
      throw FormatError(.corrupt, "runs give \(values.count) values instead of \(count)")
    }
    return values
  }
}
